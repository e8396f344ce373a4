"""The results as a picture: a panel a task, an interval a setting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from search_quality.report import Row
from search_quality.settings import CONTROLS
from search_quality.statistics import Estimate
from search_quality.tasks import TASKS

COLUMNS = 3
ROW, GAP, TOP, LEFT = 22, 70, 90, 130
"""Heights of a setting, of what is between two panels and above all, and the left margin."""
BLUE, GREY, RED = "#2471a3", "#808b96", "#c0392b"


def draw(rows: dict[str, list[Row]]) -> go.Figure:
    """Return the figure: filled for the score, open for the winner trained again."""
    columns = min(COLUMNS, len(rows))
    lines = -(-len(rows) // columns)
    panel = ROW * (1 + max(map(len, rows.values())))
    height = lines * panel + (lines - 1) * GAP
    figure = make_subplots(
        lines,
        columns,
        shared_yaxes=True,
        subplot_titles=[f"{letter} {TASKS[letter].name}" for letter in rows],
        horizontal_spacing=0.03,
        vertical_spacing=GAP / height,
    )
    for number, (letter, found) in enumerate(rows.items()):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        for trace in _traces(found):
            figure.add_trace(trace, **place)
        task = TASKS[letter]
        figure.add_vline(task.target, line={"color": RED, "width": 1, "dash": "dot"}, **place)
        figure.add_vline(task.limit, line={"color": RED, "width": 1}, **place)
    names = [row.setting for row in next(iter(rows.values()))]
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=True)
    figure.update_layout(
        template="simple_white",
        width=LEFT + 330 * columns,
        height=TOP + height + 40,
        title="Interquartile mean and 95 % interval; open: winner trained again; "
        "red: target (dotted) and limit",
        title_font_size=14,
        margin={"t": TOP, "b": 40, "l": LEFT, "r": 20},
    )
    return figure


def _traces(rows: list[Row]) -> Iterator[go.Scatter]:
    for colour, is_control in ((BLUE, False), (GREY, True)):
        group = [row for row in rows if (row.setting in CONTROLS) == is_control]
        if not group:
            continue
        yield _trace({row.setting: row.score for row in group}, colour, "circle")
        again = {row.setting: row.again for row in group if row.again is not None}
        if again:
            yield _trace(again, colour, "circle-open")


def _trace(found: dict[str, Estimate], colour: str, symbol: str) -> go.Scatter:
    estimates = list(found.values())
    return go.Scatter(
        x=[one.value for one in estimates],
        y=list(found),
        error_x={
            "array": [one.high - one.value for one in estimates],
            "arrayminus": [one.value - one.low for one in estimates],
            "color": colour,
            "thickness": 1.5,
            "width": 0,
        },
        mode="markers",
        marker={"symbol": symbol, "size": 7, "color": colour},
        showlegend=False,
    )


def save(figure: go.Figure, path: Path) -> None:
    """Write a picture, or a page if the name ends in ``.html``."""
    if path.suffix == ".html":
        figure.write_html(path)
    else:
        figure.write_image(path, scale=1.5)
