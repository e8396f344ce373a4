"""The rows that a model learns from."""

from __future__ import annotations

import math

import pytest

from orion_pbt.explore.intervals import Interval, begun_intervals, completed_intervals
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member


def grow(lineages, key, parent=None, objective=None, base=None, **params):
    generation = 0 if parent is None else lineages[parent].generation + 1
    lineages.add(Member(key, params, generation, parent, base))
    if objective is not None:
        lineages.complete(key, objective)


@pytest.fixture
def lineages():
    found = Lineages()
    grow(found, "a", objective=5.0, lr=1)
    grow(found, "b", objective=7.0, lr=2)
    grow(found, "a1", "a", 4.0, lr=1)
    grow(found, "b1", "a", 2.0, base="b", lr=3)  # a copy of a
    grow(found, "a2", "a1", 4.5, lr=1)
    grow(found, "b2", "b1", lr=3)  # still to be trained
    return found


def test_the_gain_is_counted_from_the_weights_that_were_copied(lineages):
    assert completed_intervals(lineages, 2, 10) == [
        Interval(1, -5.0, {"lr": 1}, 1.0),
        Interval(1, -5.0, {"lr": 3}, 3.0),
        Interval(2, -4.0, {"lr": 1}, -0.5),
    ]


def test_only_the_last_ones_and_none_of_later_generations(lineages):
    assert [row.generation for row in completed_intervals(lineages, 2, 2)] == [1, 2]
    assert [row.generation for row in completed_intervals(lineages, 1, 10)] == [1, 1]
    assert completed_intervals(lineages, 0, 10) == []


def test_the_order_is_not_that_of_arrival():
    other = Lineages()
    grow(other, "a", objective=5.0)
    for key in ("y", "x"):
        grow(other, key, "a", {"x": 1.0, "y": 2.0}[key])
    assert [row.gain for row in completed_intervals(other, 1, 9)] == [4.0, 3.0]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_has_no_score_is_no_row(lineages, bad):
    grow(lineages, "c", objective=bad, lr=4)
    grow(lineages, "c1", "c", 1.0, lr=4)
    grow(lineages, "a3", "a2", bad, lr=1)
    assert len(completed_intervals(lineages, 3, 10)) == 3
    assert begun_intervals(lineages, 1) == [
        Interval(1, -5.0, {"lr": 1}),
        Interval(1, -5.0, {"lr": 3}),
    ]


def test_a_gain_that_overflows_is_no_row():
    other = Lineages()
    grow(other, "a", objective=1.7e308)
    grow(other, "b", "a", -1.7e308)
    assert completed_intervals(other, 1, 9) == []


def test_archived_results_still_teach(lineages):
    lineages.archive(2)
    assert len(completed_intervals(lineages, 2, 10)) == 3


def test_what_has_begun_counts_whether_it_was_completed_or_not(lineages):
    grow(lineages, "c2", "b1", lr=5)
    lineages.break_("c2")
    begun = begun_intervals(lineages, 2)
    assert [(row.before, row.params["lr"]) for row in begun] == [(-4.0, 1), (-2.0, 3)]
    assert all(math.isnan(row.gain) for row in begun)
