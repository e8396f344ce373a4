"""The population plot in motion: one frame a generation, as plotly shows them in a browser."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from orion_pbt.plotting.population_record import PopulationRecord

MILLISECONDS = 700
"""How long a generation is shown."""
AFTER = 0.13
"""How visible the generations before it are."""


def animate_population(figure: go.Figure, record: PopulationRecord) -> None:
    """Add frames, a play button and a slider to a population plot."""
    generations = sorted({dot.generation for dot in record.dots})
    clouds = [
        place
        for place, trace in enumerate(figure.data)
        if trace.mode == "markers" and len(trace.x) == len(record.dots)
    ]
    figure.frames = [
        go.Frame(
            name=str(generation), data=[_marked(record, generation)] * len(clouds), traces=clouds
        )
        for generation in generations
    ]
    play = {"frame": {"duration": MILLISECONDS, "redraw": False}, "fromcurrent": True}
    jump = {"frame": {"duration": 0, "redraw": False}, "mode": "immediate"}
    figure.update_layout(
        updatemenus=[
            {
                "type": "buttons",
                "direction": "left",
                "x": 0,
                "y": 1.02,
                "xanchor": "left",
                "yanchor": "bottom",
                "pad": {"t": 0, "r": 6},
                "buttons": [
                    {"label": "▶", "method": "animate", "args": [None, play]},
                    {"label": "❚❚", "method": "animate", "args": [[None], jump]},
                ],
            }
        ],
        sliders=[
            {
                "x": 0.16,
                "len": 0.84,
                "y": 1.02,
                "yanchor": "bottom",
                "currentvalue": {"prefix": "generation ", "font": {"size": 12}},
                "active": len(generations) - 1,
                "steps": [
                    {"label": str(each), "method": "animate", "args": [[str(each)], jump]}
                    for each in generations
                ],
            }
        ],
        margin={"t": 170},
    )


def _marked(record: PopulationRecord, generation: int) -> dict[str, Any]:
    """Return what changes: a generation stands out, those before it fade, later ones are hidden."""
    visible = [
        0.0 if dot.generation > generation else 1.0 if dot.generation == generation else AFTER
        for dot in record.dots
    ]
    return {"type": "scatter", "marker": {"opacity": visible}}
