"""The figures: that they are drawn, whatever there is to draw; how they look is looked at."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Callable

import pytest

from orion_pbt.plotting.data import Hyperparameter, Picture
from orion_pbt.plotting.lineage import draw_lineage
from orion_pbt.plotting.population import draw_population
from orion_pbt.plotting.schedule import draw_schedule
from orion_pbt.plotting.style import log_ticks

DRAWINGS = [draw_lineage, draw_population, draw_schedule]
Draw = Callable[..., Any]


def traces(figure: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data if trace.name}


@pytest.mark.parametrize("draw", DRAWINGS)
def test_an_empty_experiment_gives_a_message(draw: Draw) -> None:
    figure = draw(Picture("exp-v1"))
    assert [text.text for text in figure.layout.annotations] == [
        "There is no trial in this experiment yet."
    ]
    assert "exp-v1" in figure.layout.title.text


@pytest.mark.parametrize("draw", DRAWINGS)
def test_pending_and_broken_trials_alone_are_no_problem(draw: Draw, picture: Picture) -> None:
    roots = [replace(point, member=replace(point.member, parent=None)) for point in picture.points]
    draw(replace(picture, points=tuple(roots[-2:])))
    draw(replace(picture, points=tuple(roots[-1:])))


@pytest.mark.parametrize("draw", DRAWINGS)
def test_figures_are_json(draw: Draw, picture: Picture) -> None:
    assert json.loads(draw(picture).to_json())["data"]


@pytest.mark.parametrize("color", ["objective", "lr", "kind"])
def test_the_lineage_tells_everything_apart(color: str, picture: Picture) -> None:
    figure = draw_lineage(picture, color)
    shown = {trace.name for trace in figure.data if trace.showlegend}
    expected = {"goes on", "is copied", "is replaced", "way to the best", "best"}
    assert shown == expected | {"broken", "to be completed", "inserted by hand"}
    assert list(traces(figure)["best"].x) == [1]
    assert figure.layout.title.text.startswith("<b>Lineage of exp-v1</b>")
    assert "7 trials · 1 copy · 1 broken · 1 pending · best loss 0.3 (f1)" in (
        figure.layout.title.text
    )


def test_a_score_that_is_no_number_is_grey(picture: Picture) -> None:
    points = list(picture.points)
    points[1] = replace(points[1], member=replace(points[1].member, objective=float("nan")))
    figure = draw_lineage(replace(picture, points=tuple(points)))
    assert list(traces(figure)["without a comparable score"].x) == [0]


@pytest.mark.parametrize("size", [(8, 5), (100, 50)])
def test_lineages_of_any_size_fit(size: tuple[int, int], picture: Picture) -> None:
    members, generations = size
    first = picture.points[0]
    points = [
        replace(
            first,
            member=replace(
                first.member,
                key=f"{line}-{generation}",
                generation=generation,
                parent=f"{line}-{generation - 1}" if generation else None,
            ),
        )
        for generation in range(generations + 1)
        for line in range(members)
    ]
    figure = draw_lineage(replace(picture, points=tuple(points)))
    assert 700 <= figure.layout.width <= 1600
    assert 400 <= figure.layout.height <= 1200


def test_schedules_have_a_log_axis_for_a_log_prior(picture: Picture) -> None:
    figure = draw_schedule(picture)
    assert figure.layout.yaxis.type == "log"
    assert list(figure.layout.yaxis2.ticktext) == ["a", "b"]
    assert [text.text for text in figure.layout.annotations] == ["<b>lr</b>", "<b>kind</b>"]


@pytest.mark.parametrize("count", [1, 3, 5, 7])
def test_any_number_of_schedules(count: int, picture: Picture) -> None:
    axes = tuple(Hyperparameter(f"h{place}") for place in range(count))
    points = tuple(
        replace(point, member=replace(point.member, params={axis.name: 1.0 for axis in axes}))
        for point in picture.points
    )
    figure = draw_schedule(replace(picture, hyperparameters=axes, points=points))
    assert len(figure.layout.annotations) == count


def test_the_population_grows(picture: Picture) -> None:
    figure = draw_population(picture)
    (cloud,) = [trace for trace in figure.data if trace.marker.size and trace.xaxis == "x2"
                and not isinstance(trace.marker.size, (int, float))]  # fmt: skip
    assert list(cloud.marker.size) == [5, 5, 5, 16, 16]
    assert figure.layout.xaxis2.title.text == "lr"
    assert figure.layout.yaxis2.title.text == "kind"


def test_the_population_can_be_animated(picture: Picture) -> None:
    figure = draw_population(picture, animate=True)
    assert [frame.name for frame in figure.frames] == ["0", "1"]
    assert list(figure.frames[0].data[0].marker.opacity) == [1.0, 1.0, 1.0, 0.0, 0.0]
    assert list(figure.frames[1].data[0].marker.opacity)[-2:] == [1.0, 1.0]
    clouds = [figure.data[place] for place in figure.frames[0].traces]
    assert [len(cloud.x) for cloud in clouds] == [5, 5]


def test_a_population_without_a_result_gives_a_message(picture: Picture) -> None:
    figure = draw_population(replace(picture, points=picture.points[-1:]))
    assert "No trial of this experiment is completed" in figure.layout.annotations[0].text


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (-4, -1, ["0.0001", "0.001", "0.01", "0.1"]),
        (-2, -1, ["0.01", "0.03", "0.1"]),
        (0, 0.6, ["1", "2", "3", "4"]),
    ],
)
def test_a_log_axis_has_a_few_ticks(low: float, high: float, texts: list[str]) -> None:
    assert log_ticks(low, high)["ticktext"] == texts
