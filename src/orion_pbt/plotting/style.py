"""How plots look: colours that colour-blind people tell apart, fonts, margins, empty plots."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy
import plotly.graph_objects as go

from orion_pbt.plotting.data import Hyperparameter
from orion_pbt.plotting.tints import Tint, Tinting

INK = "#22262b"
FAINT = "#c9ced4"
MIDDLE = "#868e96"
WINNER = "#d55e00"
"""Vermillion of Okabe and Ito's palette, as are the choices below."""
COPY = "#3b82c4"
MISSING = "#adb5bd"
CHOICES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#f0e442", "#000000")

# Viridis without its brightest end, which does not show on white.
SCALE = [
    [0.0, "#d8e219"],
    [0.2, "#6ccd5a"],
    [0.4, "#22a785"],
    [0.6, "#2a788e"],
    [0.8, "#3f4788"],
    [1.0, "#440154"],
]

FONT = {"family": "DejaVu Sans, Verdana, Arial, sans-serif", "size": 13, "color": INK}
SUBTITLE = "font-size:12px;color:#5c636a"


def new_figure(title: str, subtitle: str, width: int, height: int) -> go.Figure:
    """Return an empty figure with a title.

    Parameters
    ----------
    title, subtitle:
        What it is, and what there is to know before looking at it.
    width, height:
        Size in pixels.
    """
    figure = go.Figure()
    style(figure, title, subtitle, width, height)
    return figure


def style(figure: go.Figure, title: str, subtitle: str, width: int, height: int) -> None:
    """Give a figure its title, size and looks; see `new_figure`."""
    figure.update_layout(
        template="plotly_white",
        font=FONT,
        title={
            "text": f"<b>{title}</b><br><span style='{SUBTITLE}'>{subtitle}</span>",
            "x": 0.0,
            "xref": "paper",
            "xanchor": "left",
            "y": 1.0,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 22},
            "font": {"size": 17},
        },
        width=width,
        height=height,
        margin={"l": 70, "r": 30, "t": 84, "b": 96},
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "font": {"size": 12},
            "itemsizing": "constant",
        },
        hoverlabel={"bgcolor": "white", "bordercolor": MIDDLE, "font": {"size": 12, "color": INK}},
        hovermode="closest",
        plot_bgcolor="white",
        paper_bgcolor="white",
    )
    figure.update_xaxes(zeroline=False, gridcolor="#eef0f2", linecolor=FAINT, ticks="outside")
    figure.update_yaxes(zeroline=False, gridcolor="#eef0f2", linecolor=FAINT, ticks="outside")


Piece = tuple[list[float], list[float]]
"""Part of a line: its points across and down."""


def joined(pieces: Iterable[Piece]) -> tuple[Any, Any]:
    """Return the coordinates of one line of several pieces, with gaps between them."""
    across: list[float] = []
    down: list[float] = []
    for piece_across, piece_down in pieces:
        across += [*piece_across, math.nan]
        down += [*piece_down, math.nan]
    return numpy.array(across[:-1]), numpy.array(down[:-1])  # lists would be checked one by one


def say(title: str, message: str) -> go.Figure:
    """Return a figure that says why there is nothing to draw."""
    figure = new_figure(title, "", 700, 300)
    figure.add_annotation(
        text=message, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper", font={"size": 15}
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def tinted(tinting: Tinting, tints: Iterable[Tint]) -> dict[str, Any]:
    """Return the part of a trace's marker that colours it, with its colour bar."""
    bar: dict[str, Any] = {
        "title": {"text": tinting.name, "side": "right"},
        "thickness": 13,
        "outlinewidth": 0,
        "len": 0.9,
        "x": 1.02,
    }
    if tinting.choices:
        return _tinted_choices(tinting, tints, bar)
    low, high = _number(tinting, tinting.low), _number(tinting, tinting.high)
    if tinting.log:
        ticks = log_ticks(low, high)
        bar.update(ticks, tickvals=[math.log10(value) for value in ticks["tickvals"]])
    return {
        "color": [_number(tinting, tint) for tint in tints],
        "colorscale": SCALE,
        "reversescale": tinting.darker == "low",
        "cmin": low,
        "cmax": high if high > low else low + 1,
        "showscale": True,
        "colorbar": bar,
    }


def _tinted_choices(tinting: Tinting, tints: Iterable[Tint], bar: dict[str, Any]) -> dict[str, Any]:
    count = len(tinting.choices)
    scale = []
    for place in range(count):
        color = CHOICES[place % len(CHOICES)]
        scale += [[place / count, color], [(place + 1) / count, color]]
    bar.update(tickvals=list(range(count)), ticktext=list(tinting.choices))
    return {
        "color": [tinting.choices.index(str(tint)) for tint in tints],
        "colorscale": scale,
        "cmin": -0.5,
        "cmax": count - 0.5,
        "showscale": True,
        "colorbar": bar,
    }


def _number(tinting: Tinting, tint: Tint) -> float:
    number = float(tint) if tint is not None else math.nan
    return math.log10(number) if tinting.log and number > 0 else number


def value_axis(hyperparameter: Hyperparameter, values: Iterable[float | str]) -> dict[str, Any]:
    """Return how an axis shows the values of a hyperparameter."""
    choices = hyperparameter.choices
    if choices:
        return {
            "tickvals": list(range(len(choices))),
            "ticktext": list(choices),
            "range": [-0.4, len(choices) - 0.6],
        }
    numbers = [float(value) for value in values]
    if hyperparameter.log and numbers and min(numbers) > 0:
        return {"type": "log", **log_ticks(math.log10(min(numbers)), math.log10(max(numbers)))}
    span = max(numbers) - min(numbers) if numbers else 0
    return {"dtick": 1} if hyperparameter.whole and 0 < span <= 8 else {}


def log_ticks(low: float, high: float) -> dict[str, list[Any]]:
    """Return ticks from ``10**low`` to ``10**high``: powers of ten, or closer ones if few."""
    for mantissas in ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10))):
        values = [
            mantissa * 10.0**exponent
            for exponent in range(math.floor(low) - 1, math.ceil(high) + 1)
            for mantissa in mantissas
            if low - 0.02 <= math.log10(mantissa) + exponent <= high + 0.02
        ]
        if len(values) >= 3:
            break
    return {"tickvals": values, "ticktext": [f"{value:.3g}" for value in values]}


def place_of(choices: tuple[str, ...], value: float | str) -> float:
    """Return where a value is on its axis: choices are numbered."""
    return float(choices.index(str(value))) if choices else float(value)


def hover(told: tuple[str, ...]) -> str:
    """Return lines of text as a hover shows them, the first one bold."""
    return "<br>".join([f"<b>{told[0]}</b>", *told[1:]])
