"""An animated figure as a GIF: one picture a frame."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from orion_pbt.errors import bad_setting
from orion_pbt.plotting.animation import MILLISECONDS

BUTTONS = 60
"""Height of the buttons and the slider, in pixels."""
LAST = 3
"""How many times as long as the others the last picture is shown."""


def write_gif(figure: go.Figure, path: Path, scale: float = 1.0) -> int:
    """Write the frames of a figure as a GIF that repeats; return how many there are.

    Parameters
    ----------
    figure:
        One with frames, from `orion_pbt.plotting.population` with ``animate=True``.
    path:
        The file.
    scale:
        Multiplies the size in pixels.

    Raises
    ------
    ConfigurationError
        If Pillow is not installed, or the figure has no frames.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise bad_setting(
            "The file", str(path), "a GIF is written by Pillow", "Install orion-pbt[gif]."
        ) from error
    if not figure.frames:
        raise bad_setting("The file", str(path), "nothing in the figure moves", "Use e.g. .png.")
    pictures = [
        Image.open(io.BytesIO(still(figure, frame).to_image("png", scale=scale))).convert("RGB")
        for frame in figure.frames
    ]
    # One palette for all, so that colours do not flicker.
    palette = pictures[-1].quantize(256)
    first, *others = (
        picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures
    )
    times = [MILLISECONDS] * len(others) + [LAST * MILLISECONDS]
    first.save(path, save_all=True, append_images=others, duration=times, loop=0)
    return len(pictures)


def still(figure: go.Figure, frame: Any) -> go.Figure:
    """Return a figure as it is in one of its frames, without what only a browser needs."""
    found = go.Figure(figure.data, figure.layout)
    found.update_layout(
        updatemenus=(),
        sliders=(),
        margin={"t": figure.layout.margin.t - BUTTONS},
        height=figure.layout.height - BUTTONS,
    )
    for data, place in zip(frame.data, frame.traces):
        found.data[place].update(data.to_plotly_json())
    found.layout.annotations += (
        {
            "text": f"generation {frame.name}",
            "xref": "paper",
            "yref": "paper",
            "x": 1,
            "y": 1.02,
            "xanchor": "right",
            "yanchor": "bottom",
            "showarrow": False,
        },
    )
    return found
