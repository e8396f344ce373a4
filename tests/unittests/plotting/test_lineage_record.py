"""What the lineage plot shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.plotting.data import Picture, Point
from orion_pbt.plotting.family import Family
from orion_pbt.plotting.lanes import assign_lanes
from orion_pbt.plotting.lineage_record import Edge, LineageRecord, Node, Way, record_lineage
from orion_pbt.plotting.tints import Tinting
from orion_pbt.population import Member, Status

DONE, BROKEN, PENDING = Status.COMPLETED, Status.BROKEN, Status.PENDING


def test_record(picture: Picture) -> None:
    at = "number {} of {} in its generation"
    assert record_lineage(picture) == LineageRecord(
        nodes=(
            Node(
                "r1", 0, 1.0, DONE, 0.5, False,
                (
                    "r1 · generation 0, epochs 1", f"loss = 0.5, {at.format(1, 3)}", "lr = 0.1",
                    "kind = a", "a start of its own", "kept, copied once",
                ),
            ),
            Node(
                "r2", 0, 0.0, DONE, 0.9, False,
                (
                    "r2 · generation 0, epochs 1", f"loss = 0.9, {at.format(3, 3)}", "lr = 0.9",
                    "kind = a", "a start of its own", "replaced by a copy of r1 (0.5)",
                ),
            ),
            Node(
                "r3", 0, 2.0, DONE, 0.7, True,
                (
                    "r3 · generation 0, epochs 1", f"loss = 0.7, {at.format(2, 3)}", "lr = 0.3",
                    "kind = b", "inserted by hand", "kept, a next trial broke",
                ),
            ),
            Node(
                "k1", 1, 1.0, DONE, 0.4, False,
                (
                    "k1 · generation 1, epochs 2", f"loss = 0.4, {at.format(2, 2)}", "lr = 0.1",
                    "kind = a", "goes on from r1 unchanged",
                ),
            ),
            Node(
                "f1", 1, 0.0, DONE, 0.3, False,
                (
                    "f1 · generation 1, epochs 2", f"loss = 0.3, {at.format(1, 2)}", "lr = 0.12",
                    "kind = a", "copies r1 (0.5) in place of r2 (0.9): lr 0.1 → 0.12 (×1.2)",
                ),
            ),
            Node(
                "b1", 1, 2.3, BROKEN, None, False,
                (
                    "b1 · generation 1, epochs 2", "lr = 0.3", "kind = b",
                    "goes on from r3 unchanged", "broke",
                ),
            ),
            Node(
                "b2", 1, 2.0, PENDING, None, False,
                (
                    "b2 · generation 1, epochs 2", "lr = 0.36", "kind = b",
                    "goes on from r3: lr 0.3 → 0.36 (×1.2)", "not completed: new",
                ),
            ),
        ),
        edges=(
            Edge(Way.KEEP, "r1", "k1", True),
            Edge(Way.FORK, "r1", "f1", True),
            Edge(Way.JUMP, "r2", "f1", True),
            Edge(Way.KEEP, "r3", "b1", False),
            Edge(Way.KEEP, "r3", "b2", True),
        ),
        winner=("r1", "f1"),
        tinting=Tinting("loss", low=0.3, high=0.9, darker="low"),
    )  # fmt: skip


def test_the_colour_may_be_a_hyperparameter(picture: Picture) -> None:
    record = record_lineage(picture, "/lr")
    assert record.tinting == Tinting("lr", log=True, low=0.1, high=0.9, is_score=False)
    assert [node.tint for node in record.nodes] == [0.1, 0.9, 0.3, 0.1, 0.12, 0.3, 0.36]
    record = record_lineage(picture, "kind")
    assert record.tinting == Tinting("kind", choices=("a", "b"), is_score=False)
    assert [node.tint for node in record.nodes] == ["a", "a", "b", "a", "a", "b", "b"]


def test_an_unknown_colour_names_those_there_are(picture: Picture) -> None:
    with pytest.raises(ConfigurationError, match="color is 'momentum'.*There are: lr, kind"):
        record_lineage(picture, "momentum")


def test_a_maximised_score_is_darker_the_higher_it_is(picture: Picture) -> None:
    record = record_lineage(replace(picture, maximised=True))
    assert record.tinting == Tinting("loss", low=0.3, high=0.9, darker="high")


def _point(key: str, generation: int, parent: str | None, objective: float, lr: float) -> Point:
    member = Member(key, {"lr": lr}, generation, parent, None, DONE, objective)
    return Point(member, None, "completed")


def test_without_replacements_a_copy_takes_the_lane_of_the_worst_that_came_to_nothing() -> None:
    family = Family(
        [
            _point("a", 0, None, 0.1, 1.0),
            _point("b", 0, None, 0.8, 2.0),
            _point("c", 0, None, 0.9, 3.0),
            _point("a1", 1, "a", 0.2, 1.0),
            _point("a2", 1, "a", 0.3, 1.2),
            _point("b1", 1, "b", 0.4, 2.0),
        ]
    )
    heights = assign_lanes(family)
    assert heights == {"a": 0, "b": 2, "c": 1, "a1": 0, "a2": 1, "b1": 2}


def test_a_line_that_goes_back_has_two_points_of_a_generation_apart() -> None:
    points = [
        _point("a", 0, None, 0.5, 1.0),
        _point("b", 1, "a", 0.6, 1.0),
        _point("c", 1, "a", 0.4, 2.0),
    ]
    points[2] = Point(replace(points[2].member, base="b"), None, "completed")
    assert assign_lanes(Family(points)) == {"a": 0, "b": 0, "c": 0.3}


def test_what_lives_on_is_what_the_last_generation_came_from(picture: Picture) -> None:
    assert Family(picture.points).survivors == {"r1", "r3", "k1", "f1", "b2"}


def test_an_empty_picture_has_an_empty_record() -> None:
    assert record_lineage(Picture("exp-v1")) == LineageRecord(
        (), (), (), Tinting("objective", darker="low")
    )
