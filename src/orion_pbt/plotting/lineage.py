"""The lineage plot: who descended from whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go

from orion_pbt.console.text import format_number, short_id
from orion_pbt.plotting import style
from orion_pbt.plotting.data import Picture
from orion_pbt.plotting.lineage_record import LineageRecord, Node, Way, record_lineage
from orion_pbt.plotting.reading import read_picture
from orion_pbt.plotting.tints import OBJECTIVE
from orion_pbt.population import Status

CURVE = 9
"""Straight pieces of a curved edge."""


def lineage(
    experiment: Any, with_evc_tree: bool = False, color: str = OBJECTIVE, **kwargs: Any
) -> go.Figure:
    """Draw who descended from whom: generations across, a row for each member.

    Parameters
    ----------
    experiment:
        Oríon's experiment or a client of one.
    with_evc_tree:
        Whether to show the trials of its other versions, too.
    color:
        What the points are coloured by: ``'objective'`` or the name of a hyperparameter.
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
    return draw_lineage(read_picture(experiment, with_evc_tree), color)


def draw_lineage(picture: Picture, color: str = OBJECTIVE) -> go.Figure:
    """Draw the lineage plot of a picture; see `lineage`."""
    title = f"Lineage of {picture.title}"
    record = record_lineage(picture, color)
    if not record.nodes:
        return style.say(title, "There is no trial in this experiment yet.")
    generations = max(node.x for node in record.nodes)
    lanes = int(max(node.y for node in record.nodes)) + 1
    across, down = _spacing(generations, 24, 100, 1050), _spacing(lanes, 9, 46, 900)
    width, height = 250 + int(across * (generations + 1)), 200 + int(down * lanes)
    figure = style.new_figure(title, _subtitle(picture, record), max(width, 760), max(height, 420))
    scale = min(across, down) / 46
    _add_edges(figure, record, scale)
    _add_nodes(figure, record, scale)
    figure.update_xaxes(
        title="generation",
        range=[-0.6, generations + 0.6],
        dtick=1 if generations <= 20 else 5,
        showgrid=False,
    )
    figure.update_yaxes(
        title="members, the best end at the top",
        range=[lanes - 0.3, -0.7],
        showticklabels=False,
        ticks="",
        showgrid=False,
    )
    return figure


def _spacing(count: int, least: float, most: float, room: float) -> float:
    return min(most, max(least, room / (count + 1)))


def _subtitle(picture: Picture, record: LineageRecord) -> str:
    statuses = [node.status for node in record.nodes]
    parts = [f"{len(statuses)} trials"]
    copies = sum(edge.way is Way.FORK for edge in record.edges)
    parts += ["1 copy" if copies == 1 else f"{copies} copies"] if copies else []
    for status in (Status.BROKEN, Status.PENDING):
        count = statuses.count(status)
        parts += [f"{count} {status.value}"] if count else []
    if record.winner:
        best = {point.member.key: point.member for point in picture.points}[record.winner[-1]]
        parts.append(f"best {picture.score} {format_number(best.score)} ({short_id(best.key)})")
    return " · ".join(parts)


def _add_edges(figure: go.Figure, record: LineageRecord, scale: float) -> None:
    places = {node.key: node for node in record.nodes}
    thin = max(0.8, 2 * scale)
    looks: list[tuple[Way, bool, str, dict[str, Any], float]] = [
        (Way.JUMP, False, "", {"color": style.FAINT, "dash": "dot", "width": thin}, 1.0),
        (Way.JUMP, True, "is replaced", {"color": style.FAINT, "dash": "dot", "width": thin}, 1.0),
        (Way.FORK, False, "", {"color": style.COPY, "width": thin * 0.7}, 0.25),
        (Way.KEEP, False, "", {"color": style.FAINT, "width": thin * 1.2}, 1.0),
        (Way.FORK, True, "is copied", {"color": style.COPY, "width": thin}, 0.8),
        (Way.KEEP, True, "goes on", {"color": style.MIDDLE, "width": thin * 1.2}, 1.0),
    ]
    for way, lives, name, line, opacity in looks:
        pieces = [
            _curve(places[edge.start], places[edge.end])
            for edge in record.edges
            if edge.way is way and edge.lives is lives
        ]
        if pieces:
            _add_line(figure, pieces, line, name or _DEAD[way], bool(name), opacity)
    steps = zip(record.winner, record.winner[1:])
    pieces = [_curve(places[start], places[end]) for start, end in steps]
    if pieces:
        wide = {"color": style.WINNER, "width": max(3.5, 6 * scale)}
        _add_line(figure, pieces, wide, "way to the best", True, 1.0)


_DEAD = {Way.KEEP: "goes on", Way.FORK: "is copied", Way.JUMP: "is replaced"}


def _add_line(
    figure: go.Figure,
    pieces: Iterable[style.Piece],
    line: dict[str, Any],
    name: str,
    shown: bool,
    opacity: float,
) -> None:
    across, down = style.joined(pieces)
    figure.add_scatter(
        x=across,
        y=down,
        mode="lines",
        line=line,
        opacity=opacity,
        name=name,
        legendgroup=name,
        showlegend=shown,
        hoverinfo="skip",
    )


def _curve(start: Node, end: Node) -> style.Piece:
    """Return a line that leaves and arrives horizontally (``3t² - 2t³``)."""
    if start.y == end.y:
        return [start.x, end.x], [start.y, end.y]
    steps = [step / CURVE for step in range(CURVE + 1)]
    return (
        [start.x + (end.x - start.x) * step for step in steps],
        [start.y + (end.y - start.y) * step * step * (3 - 2 * step) for step in steps],
    )


def _add_nodes(figure: go.Figure, record: LineageRecord, scale: float) -> None:
    size = max(5.0, 17 * scale)
    best = record.winner[-1] if record.winner else None
    groups: dict[str, list[Node]] = {}
    for node in record.nodes:
        groups.setdefault(_group(node), []).append(node)
    plain = groups.pop("", [])
    if plain:
        marker = style.tinted(record.tinting, [node.tint for node in plain])
        marker.update(size=size, line={"width": 0.6 if scale > 0.4 else 0, "color": "white"})
        _add_points(figure, plain, marker, "", False)
    looks: dict[str, dict[str, Any]] = {
        "broken": {"symbol": "x-thin", "line": {"width": 1.8, "color": style.INK}},
        "to be completed": {
            "symbol": "circle-open",
            "color": style.MIDDLE,
            "line": {"width": 1.5},
        },
        "without a comparable score": {"color": style.MISSING},
        "inserted by hand": {"symbol": "diamond-open", "line": {"width": 2, "color": style.INK}},
    }
    for name, nodes in groups.items():
        shrink = 0.8 if name == "broken" else 1.5 if name == "inserted by hand" else 1.0
        _add_points(figure, nodes, {"size": size * shrink, **looks[name]}, name, True)
    inserted = [node for node in record.nodes if node.inserted]
    if inserted:
        name = "inserted by hand"
        _add_points(figure, inserted, {"size": size * 1.5, **looks[name]}, name, True)
    stars = [node for node in record.nodes if node.key == best]
    star = {
        "symbol": "star",
        "size": max(16.0, size * 1.4),
        "color": style.WINNER,
        "line": {"width": 1, "color": "white"},
    }
    _add_points(figure, stars, star, "best", bool(stars))


def _group(node: Node) -> str:
    if node.status is Status.BROKEN:
        return "broken"
    if node.status is Status.PENDING:
        return "to be completed"
    return "without a comparable score" if node.tint is None else ""


def _add_points(
    figure: go.Figure, nodes: Sequence[Node], marker: dict[str, Any], name: str, shown: bool
) -> None:
    if not nodes:
        return
    figure.add_scatter(
        x=[node.x for node in nodes],
        y=[node.y for node in nodes],
        mode="markers",
        marker=marker,
        name=name,
        showlegend=shown,
        text=[style.hover(node.told) for node in nodes],
        hovertemplate="%{text}<extra></extra>",
        cliponaxis=False,
    )
