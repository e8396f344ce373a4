"""The schedule that a member's weights went through."""

from __future__ import annotations

import pytest

from orion_pbt.errors import UnknownMember
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.schedules import FidelitySchedule, Stretch, path_of

SCHEDULE = FidelitySchedule(10, 40, 3)


def line(*params):
    """Return lineages of one line, a generation for each of the hyperparameters."""
    lineages = Lineages()
    for generation, values in enumerate(params):
        parent = str(generation - 1) if generation else None
        lineages.add(Member(str(generation), values, generation, parent))
    return lineages


def test_generations_with_the_same_hyperparameters_are_one_stretch():
    first, second = {"/lr": 0.1}, {"/lr": 0.2}
    assert path_of(line(first, first, second, first), "3", SCHEDULE) == (
        Stretch(0, 1, 0, 20, first, ("0", "1")),
        Stretch(2, 2, 20, 30, second, ("2",)),
        Stretch(3, 3, 30, 40, first, ("3",)),
    )


def test_it_ends_at_the_member_and_starts_at_nothing():
    assert path_of(line({"/lr": 0.1}, {"/lr": 0.1}), "0", SCHEDULE) == (
        Stretch(0, 0, 0, 10, {"/lr": 0.1}, ("0",)),
    )


def test_it_follows_the_weights_and_not_the_worker():
    lineages = line({"/lr": 0.1})
    lineages.add(Member("other", {"/lr": 0.5}))
    lineages.add(Member("fork", {"/lr": 0.6}, 1, "other", "0"))
    stretches = path_of(lineages, "fork", SCHEDULE)
    assert [stretch.keys for stretch in stretches] == [("other",), ("fork",)]


def test_equal_values_of_different_types_are_different():
    stretches = path_of(line({"/a": 1}, {"/a": True}, {"/a": 1.0}), "2", SCHEDULE)
    assert [stretch.keys for stretch in stretches] == [("0",), ("1",), ("2",)]


def test_the_order_of_hyperparameters_says_nothing():
    lineages = line({"/a": 1, "/b": [2.0, 3.0]}, {"/b": [2.0, 3.0], "/a": 1})
    (stretch,) = path_of(lineages, "1", SCHEDULE)
    assert stretch.keys == ("0", "1")


def test_geometric_levels():
    schedule = FidelitySchedule(1, 100, 2, base=10)
    stretches = path_of(line({"/a": 1}, {"/a": 2}, {"/a": 3}), "2", schedule)
    ends = [(stretch.start_fidelity, stretch.end_fidelity) for stretch in stretches]
    assert ends == [(0, 1), (1, 10), (10, 100)]


def test_an_unknown_member():
    with pytest.raises(UnknownMember, match="'x'"):
        path_of(line({"/a": 1}), "x", SCHEDULE)
