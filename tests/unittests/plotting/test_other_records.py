"""What the schedule plot and the population plot show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.plotting.data import Hyperparameter, Picture
from orion_pbt.plotting.population_record import record_population
from orion_pbt.plotting.schedule_record import Panel, ScheduleRecord, Stretch, record_schedule
from orion_pbt.plotting.tints import Tinting

LR, KIND = Hyperparameter("lr", log=True), Hyperparameter("kind", choices=("a", "b"))


def test_schedule(picture: Picture) -> None:
    record = record_schedule(picture)
    root = Stretch("r1", 0.0, 1.0, 0.1, None)
    fork = Stretch("f1", 1.0, 2.0, 0.12, 0.1)
    assert (record.across, record.log) == ("epochs", False)
    assert record.panels[0] == Panel(
        LR,
        (
            root,
            Stretch("r2", 0.0, 1.0, 0.9, None),
            Stretch("r3", 0.0, 1.0, 0.3, None),
            Stretch("k1", 1.0, 2.0, 0.1, 0.1),
            fork,
            Stretch("b1", 1.0, 2.0, 0.3, 0.3),
            Stretch("b2", 1.0, 2.0, 0.36, 0.3),
        ),
        (root, fork),
    )
    assert record.panels[1].winner == (
        Stretch("r1", 0.0, 1.0, "a", None),
        Stretch("f1", 1.0, 2.0, "a", "a"),
    )


def test_a_geometric_schedule_begins_one_step_before_its_first_level(picture: Picture) -> None:
    record = record_schedule(replace(picture, log_fidelity=True))
    assert record.log
    assert [stretch.start for stretch in record.panels[0].winner] == [0.5, 1.0]


def test_without_a_fidelity_generations_are_across(picture: Picture) -> None:
    points = tuple(replace(point, fidelity=None) for point in picture.points)
    record = record_schedule(replace(picture, fidelity=None, points=points))
    assert record.across == "generation"
    assert [(s.start, s.end) for s in record.panels[0].winner] == [(0.0, 1), (1, 2)]


def test_an_empty_schedule() -> None:
    assert record_schedule(Picture("exp-v1")) == ScheduleRecord("generation", False, ())


def test_population(picture: Picture) -> None:
    record = record_population(picture)
    assert (record.across, record.x, record.y) == ("epochs", LR, KIND)
    assert [
        (dot.key, dot.generation, dot.level, dot.score, dot.x, dot.y) for dot in record.dots
    ] == [
        ("r1", 0, 1.0, 0.5, 0.1, "a"),
        ("r2", 0, 1.0, 0.9, 0.9, "a"),
        ("r3", 0, 1.0, 0.7, 0.3, "b"),
        ("k1", 1, 2.0, 0.4, 0.1, "a"),
        ("f1", 1, 2.0, 0.3, 0.12, "a"),
    ]
    assert [dot.tint for dot in record.dots] == [0.5, 0.9, 0.7, 0.4, 0.3]
    assert record.frontier == ((1.0, 0.5), (2.0, 0.3))
    assert record.winner == ("r1", "f1")
    assert record.tinting == Tinting("loss", low=0.3, high=0.9, darker="low")


def test_the_frontier_of_a_maximised_score_rises_and_never_falls(picture: Picture) -> None:
    record = record_population(replace(picture, maximised=True))
    assert record.frontier == ((1.0, 0.9), (2.0, 0.9))


def test_the_hyperparameters_of_the_population_can_be_chosen(picture: Picture) -> None:
    record = record_population(picture, x="kind")
    assert (record.x, record.y) == (KIND, LR)
    record = record_population(picture, y="/lr")
    assert (record.x, record.y) == (KIND, LR)
    with pytest.raises(ConfigurationError, match="x is 'no', but it must be a hyperparameter"):
        record_population(picture, x="no")


def test_a_single_hyperparameter_is_shown_over_the_score(picture: Picture) -> None:
    record = record_population(replace(picture, hyperparameters=(LR,)))
    assert (record.x, record.y) == (LR, None)
    assert [dot.y for dot in record.dots] == [0.5, 0.9, 0.7, 0.4, 0.3]
