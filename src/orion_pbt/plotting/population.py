"""The population plot: how the scores rose, and where the members went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from orion_pbt.console.text import format_number, short_id
from orion_pbt.plotting import style
from orion_pbt.plotting.animation import animate_population
from orion_pbt.plotting.data import Hyperparameter, Picture
from orion_pbt.plotting.population_record import Dot, PopulationRecord, record_population
from orion_pbt.plotting.reading import read_picture
from orion_pbt.plotting.tints import OBJECTIVE


def population(
    experiment: Any,
    with_evc_tree: bool = False,
    x: str | None = None,
    y: str | None = None,
    color: str = OBJECTIVE,
    animate: bool = False,
    **kwargs: Any,
) -> go.Figure:
    """Draw the scores over the fidelity and the members among two hyperparameters.

    Parameters
    ----------
    experiment:
        Oríon's experiment or a client of one.
    with_evc_tree:
        Whether to show the trials of its other versions, too.
    x, y:
        The hyperparameters across and down, by default the first two, real numbers first.
    color:
        What the points are coloured by: ``'objective'`` or the name of a hyperparameter.
    animate:
        Whether to show one generation after the other, when the figure is looked at in a browser.
    kwargs:
        Ignored, as by Oríon's plots.

    Returns
    -------
    plotly.graph_objects.Figure
        The figure.

    Raises
    ------
    ValueError
        If there is no experiment, or no such hyperparameter.
    """
    return draw_population(read_picture(experiment, with_evc_tree), x, y, color, animate)


def draw_population(
    picture: Picture,
    x: str | None = None,
    y: str | None = None,
    color: str = OBJECTIVE,
    animate: bool = False,
) -> go.Figure:
    """Draw the population plot of a picture; see `population`."""
    title = f"Population of {picture.title}"
    if not picture.points:
        return style.say(title, "There is no trial in this experiment yet.")
    record = record_population(picture, x, y, color)
    if not record.dots:
        return style.say(title, "No trial of this experiment is completed with an objective yet.")
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.12)
    best = next(dot for dot in record.dots if dot.key == record.winner[-1])
    subtitle = (
        f"{len(record.dots)} completed trials · best {picture.score} {format_number(best.score)} "
        f"({short_id(best.key)}) · larger points trained longer"
    )
    style.style(figure, title, subtitle, 1060, 520 + 60 * animate)
    _add_scores(figure, record)
    _add_scatter(figure, picture, record, best)
    if animate:
        animate_population(figure, record)
    figure.update_xaxes(title=record.across, row=1, col=1)
    figure.update_yaxes(title=picture.score, row=1, col=1)
    if picture.log_fidelity:
        figure.update_xaxes(type="log", row=1, col=1)
    down = record.y or Hyperparameter(picture.score)
    _style_axis(figure.layout.xaxis2, record.x, [dot.x for dot in record.dots])
    _style_axis(figure.layout.yaxis2, down, [dot.y for dot in record.dots])
    return figure


def _add_scores(figure: go.Figure, record: PopulationRecord) -> None:
    dots = {dot.key: dot for dot in record.dots}
    path = [dots[key] for key in record.winner if key in dots]
    figure.add_scatter(
        x=[level for level, _ in record.frontier],
        y=[score for _, score in record.frontier],
        mode="lines",
        line={"color": style.INK, "width": 1.5, "dash": "dot", "shape": "hv"},
        name="best so far",
        hoverinfo="skip",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=[dot.level for dot in path],
        y=[dot.score for dot in path],
        mode="lines",
        line={"color": style.WINNER, "width": 3},
        name="way to the best",
        hoverinfo="skip",
        legendgroup="way",
        row=1,
        col=1,
    )
    marker = style.tinted(record.tinting, [dot.tint for dot in record.dots])
    marker.update(size=7 if len(dots) < 500 else 4, line={"width": 0.5, "color": "white"})
    figure.add_scatter(
        x=[dot.level for dot in record.dots],
        y=[dot.score for dot in record.dots],
        **_points(record.dots, marker),
        row=1,
        col=1,
    )


def _add_scatter(figure: go.Figure, picture: Picture, record: PopulationRecord, best: Dot) -> None:
    dots = {dot.key: dot for dot in record.dots}
    path = [dots[key] for key in record.winner if key in dots]
    down = record.y or Hyperparameter(picture.score)
    figure.add_scatter(
        x=[style.place_of(record.x.choices, dot.x) for dot in path],
        y=[style.place_of(down.choices, dot.y) for dot in path],
        mode="lines",
        line={"color": style.WINNER, "width": 2},
        hoverinfo="skip",
        legendgroup="way",
        showlegend=False,
        row=1,
        col=2,
    )
    last = max(dot.generation for dot in record.dots) or 1
    many = len(record.dots) >= 500
    low, high = (3, 9) if many else (5, 16)
    marker = style.tinted(record.tinting, [dot.tint for dot in record.dots])
    marker.update(
        size=[low + (high - low) * dot.generation / last for dot in record.dots],
        line={"width": 0.5, "color": "white"},
        showscale=False,
        opacity=0.6 if many else 0.85,
    )
    figure.add_scatter(
        x=[style.place_of(record.x.choices, dot.x) for dot in record.dots],
        y=[style.place_of(down.choices, dot.y) for dot in record.dots],
        **_points(record.dots, marker),
        row=1,
        col=2,
    )
    star = {
        "symbol": "star",
        "size": 20,
        "color": style.WINNER,
        "line": {"width": 1, "color": "white"},
    }
    places = (
        (best.level, best.score, 1),
        (
            style.place_of(record.x.choices, best.x),
            style.place_of(down.choices, best.y),
            2,
        ),
    )
    for across, score, column in places:
        figure.add_scatter(
            x=[across],
            y=[score],
            **_points([best], star),
            row=1,
            col=column,
        )
        figure.data[-1].update(name="best", showlegend=column == 1, legendgroup="best")


def _points(dots: Sequence[Dot], marker: dict[str, Any]) -> dict[str, Any]:
    return {
        "mode": "markers",
        "marker": marker,
        "text": [style.hover(dot.told) for dot in dots],
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }


def _style_axis(axis: Any, hyperparameter: Hyperparameter, values: list[Any]) -> None:
    axis.title = hyperparameter.name
    axis.update(style.value_axis(hyperparameter, values))
