"""The schedule plot: how the hyperparameters changed along the training."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from orion_pbt.console.text import format_number, format_value, short_id
from orion_pbt.plotting import style
from orion_pbt.plotting.data import Picture
from orion_pbt.plotting.reading import read_picture
from orion_pbt.plotting.schedule_record import Panel, ScheduleRecord, Stretch, record_schedule

MOST_COLUMNS = 3


def schedule(experiment: Any, with_evc_tree: bool = False, **kwargs: Any) -> go.Figure:
    """Draw each hyperparameter over the fidelity, for all members, with the winner's on top.

    Parameters
    ----------
    experiment:
        Oríon's experiment or a client of one.
    with_evc_tree:
        Whether to show the trials of its other versions, too.
    kwargs:
        Ignored, as by Oríon's plots.

    Returns
    -------
    plotly.graph_objects.Figure
        The figure.

    Raises
    ------
    ValueError
        If there is no experiment.
    """
    return draw_schedule(read_picture(experiment, with_evc_tree))


def draw_schedule(picture: Picture) -> go.Figure:
    """Draw the schedule plot of a picture; see `schedule`."""
    title = f"Schedules of {picture.title}"
    record = record_schedule(picture)
    if not picture.points:
        return style.say(title, "There is no trial in this experiment yet.")
    count = len(record.panels)
    columns = min(count, 2 if count in (2, 4) else MOST_COLUMNS)
    rows = math.ceil(count / columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        horizontal_spacing=0.24 / columns,
        vertical_spacing=0.22 / rows,
        subplot_titles=[f"<b>{panel.hyperparameter.name}</b>" for panel in record.panels],
    )
    best = {point.member.key: point.member for point in picture.points}.get(
        record.panels[0].winner[-1].key if record.panels[0].winner else ""
    )
    subtitle = f"{len(picture.points)} trials, grey"
    if best is not None:
        subtitle += (
            f" · the best ({short_id(best.key)}, {picture.score} {format_number(best.score)}) "
            "and where it came from, orange"
        )
    style.style(figure, title, subtitle, max(620, 370 * columns + 90), 170 + 260 * rows)
    figure.update_layout(showlegend=False, margin={"b": 60, "t": 104})
    for place, panel in enumerate(record.panels):
        _add_panel(figure, record, panel, place // columns + 1, place % columns + 1)
    for column in range(1, columns + 1):
        row = rows if (rows - 1) * columns + column <= count else rows - 1
        figure.update_xaxes(title=record.across, row=row, col=column)
    return figure


def _add_panel(
    figure: go.Figure, record: ScheduleRecord, panel: Panel, row: int, column: int
) -> None:
    place = {"row": row, "col": column}
    many = len(panel.stretches)
    across, down = style.joined([_steps(panel, stretch) for stretch in panel.stretches])
    figure.add_scatter(
        x=across,
        y=down,
        mode="lines",
        line={"color": style.MIDDLE, "width": 1.2 if many < 500 else 0.8},
        opacity=0.6 if many < 500 else 0.3,
        hoverinfo="skip",
        **place,
    )
    _add_hover(figure, panel, place)
    if panel.winner:
        path: tuple[list[float], list[float]] = ([], [])
        for stretch in panel.winner:
            steps = _steps(panel, stretch)
            path[0].extend(steps[0])
            path[1].extend(steps[1])
        figure.add_scatter(
            x=path[0],
            y=path[1],
            mode="lines",
            line={"color": style.WINNER, "width": 3.5},
            hoverinfo="skip",
            **place,
        )
    if record.log:
        figure.update_xaxes(type="log", dtick=math.log10(2) if _few(panel) else None, **place)
    values = [stretch.value for stretch in panel.stretches]
    figure.update_yaxes(**style.value_axis(panel.hyperparameter, values), **place)


def _few(panel: Panel) -> bool:
    ends = [stretch.end for stretch in panel.stretches]
    return bool(ends) and max(ends) / min(ends) <= 256


def _add_hover(figure: go.Figure, panel: Panel, place: dict[str, int]) -> None:
    """Add points that nobody sees at the end of each stretch, to point at."""
    axis = panel.hyperparameter
    winners = {stretch.key for stretch in panel.winner}
    told = []
    for stretch in panel.stretches:
        way = " · on the way to the best" if stretch.key in winners else ""
        text = f"{axis.name} = {format_value(stretch.value)}"
        told.append(style.hover((f"{short_id(stretch.key)}{way}", text)))
    figure.add_scatter(
        x=[stretch.end for stretch in panel.stretches],
        y=[style.place_of(axis.choices, stretch.value) for stretch in panel.stretches],
        mode="markers",
        marker={"size": 9, "opacity": 0},
        text=told,
        hovertemplate="%{text}<extra></extra>",
        **place,
    )


def _steps(panel: Panel, stretch: Stretch) -> style.Piece:
    """Return a stretch as a line: level, and up or down to it from its parent's value."""
    value = style.place_of(panel.hyperparameter.choices, stretch.value)
    if stretch.before is None:
        return [stretch.start, stretch.end], [value, value]
    before = style.place_of(panel.hyperparameter.choices, stretch.before)
    return [stretch.start, stretch.start, stretch.end], [before, value, value]
