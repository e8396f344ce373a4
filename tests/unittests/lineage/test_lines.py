"""Lines, in their order, and the best of each generation."""

from __future__ import annotations

import math

import pytest

from orion_pbt.errors import UnknownMember
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member


@pytest.fixture
def lineages():
    found = Lineages()
    for key in "bca":
        found.add(Member(key, {}))
    return found


def test_lines_are_in_the_order_of_their_roots_without_those_that_broke(lineages):
    assert lineages.lines == ["b", "c", "a"]
    lineages.break_("c")
    lineages.add(Member("d", {}))
    assert lineages.lines == ["b", "a", "d"]


def test_a_copy_is_on_the_line_that_it_replaced(lineages):
    lineages.add(Member("b1", {}, 1, "b"))
    lineages.add(Member("copy", {}, 1, "b", "a"))
    lineages.add(Member("copy2", {}, 2, "copy"))
    assert [lineages.line_root(key) for key in ("b", "b1", "copy", "copy2")] == ["b", "b", "a", "a"]
    with pytest.raises(UnknownMember):
        lineages.line_root("x")


def test_the_leader_is_the_best_of_a_generation(lineages):
    assert lineages.leader(0) is None
    for key, objective in (("b", 3.0), ("c", math.nan), ("a", 2.0)):
        lineages.complete(key, objective)
    assert lineages.leader(0) == lineages["a"]
    assert lineages.leader(1) is None
    lineages.archive(1)
    assert lineages.leader(0) == lineages["a"]  # it was the best, archived or not
    assert lineages.best(0) is None


def test_of_equal_ones_the_smaller_key_leads(lineages):
    for key in "bca":
        lineages.complete(key, 1.0)
    assert lineages.leader(0) == lineages["a"]


def test_who_completes_a_generation_after_it_was_decided_about_does_not_lead_it(lineages):
    lineages.complete("b", 3.0)
    assert lineages.first_leader(0) == lineages["b"]
    lineages.complete("c", 2.0)
    assert lineages.first_leader(0) == lineages["c"]
    lineages.add(Member("b1", {}, 1, "b"))
    lineages.complete("a", 1.0)
    assert lineages.first_leader(0) == lineages["c"]
    assert lineages.leader(0) == lineages["a"]
    assert lineages.first_leader(1) is None
