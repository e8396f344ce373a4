"""Tests of all trees of a population and the jumps between them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_pbt.errors import UnknownMember
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status, is_rankable, rank

LONG = 100_000


def grow(*members):
    """Return lineages of (key, parent, base, objective); parent and base may be left empty."""
    lineages = Lineages()
    for key, parent, base, objective in members:
        generation = lineages[parent].generation + 1 if parent else 0
        lineages.add(Member(key, {}, generation, parent or None, base or None))
        if objective == "broken":
            lineages.break_(key)
        elif objective is not None:
            lineages.complete(key, objective)
    return lineages


def keys(members):
    return [member.key for member in members]


@pytest.fixture
def two_lines():
    """Return two lines, a and b; b gives up b1 for a1's weights, at the second attempt."""
    return grow(
        *[("a0", "", "", 5.0), ("b0", "", "", 4.0), ("a1", "a0", "", 1.0), ("b1", "b0", "", 3.0)],
        *[("x2", "a1", "b1", "broken"), ("b2", "a1", "b1", 0.5), ("a2", "a1", "", 2.0)],
        ("b3", "b2", "", None),
    )


class TestRelations:
    def test_weights_make_the_trees(self, two_lines):
        assert keys(node.item for node in two_lines.roots) == ["a0", "b0"]
        assert keys(node.item for node in two_lines.node("b3").path()) == ["a0", "a1", "b2", "b3"]
        assert keys(node.item for node in two_lines.roots[0]) == [
            *["a0", "a1", "x2", "b2", "b3", "a2"]
        ]

    def test_workers_make_the_lines(self, two_lines):
        assert keys(two_lines.line("b3")) == ["b0", "b1", "b2", "b3"]
        assert keys(two_lines.line("a2")) == ["a0", "a1", "a2"]

    def test_jumps_go_from_the_replaced_member_to_its_forks(self, two_lines):
        assert keys(two_lines.jumps("b1")) == ["x2", "b2"]
        assert two_lines.jumps("a1") == []

    def test_base_is_the_replaced_member(self, two_lines):
        assert two_lines.base("b2").key == "b1"
        assert two_lines.base("a2") is None

    def test_true_ancestor_is_the_base_else_the_parent(self, two_lines):
        assert two_lines.true_ancestor("b2").key == "b1"
        assert two_lines.true_ancestor("b3").key == "b2"
        assert two_lines.true_ancestor("b0") is None

    def test_successors_are_those_to_which_it_is_the_true_ancestor(self, two_lines):
        assert keys(two_lines.successors("b1")) == ["x2", "b2"]
        assert keys(two_lines.successors("a1")) == ["a2"]
        assert two_lines.successors("b3") == []


class TestGenerations:
    def test_members_at_are_in_order_of_arrival(self, two_lines):
        assert keys(two_lines.members_at(2)) == ["x2", "b2", "a2"]
        assert two_lines.members_at(4) == two_lines.members_at(-1) == []

    def test_completed_at_are_in_order_of_completion(self):
        lineages = grow(("a", "", "", None), ("b", "", "", None), ("c", "", "", "broken"))
        lineages.complete("b", math.nan)
        lineages.complete("a", 1.0)
        assert keys(lineages.completed_at(0)) == ["b", "a"]
        assert lineages.count_at(0) == 2
        assert lineages.count_at(1) == lineages.count_at(-1) == 0


class TestArchive:
    def test_nobody_is_compared_with_what_is_archived(self, two_lines):
        two_lines.archive(2)
        assert [two_lines.count_at(g) for g in range(4)][:2] == [0, 0]
        assert two_lines.completed_at(1) == []
        assert keys(two_lines.elites(9)) == ["b2"]
        assert two_lines.is_archived("a1")
        assert not two_lines.is_archived("b2")

    def test_it_stays_on_its_line_and_counts_as_trained(self, two_lines):
        trained = [two_lines.trained_at(g) for g in range(5)]
        line, best = two_lines.line("b2"), two_lines.best()
        two_lines.archive(9)
        assert [two_lines.trained_at(g) for g in range(5)] == trained
        assert two_lines.line("b2") == line
        assert two_lines.best() == best
        assert keys(two_lines.elites()) == ["a1", "b2"]


class TestElites:
    def test_are_the_best_of_each_line(self, two_lines):
        assert keys(two_lines.elites()) == ["a1", "b2"]

    def test_follow_jumps_so_that_none_appears_twice(self, two_lines):
        # By trees, b2 would count for the line of a, and b0 would be the best of the other one.
        assert two_lines.best_of_line("a2").key == "a1"
        assert two_lines.best_of_line("b0").key == two_lines.best_of_line("b3").key == "b2"

    @pytest.mark.parametrize(
        ("generation", "expected"),
        [(-1, []), (0, ["a0", "b0"]), (1, ["a1", "b1"]), (2, ["a1", "b2"]), (9, ["a1", "b2"])],
    )
    def test_up_to_a_generation(self, two_lines, generation, expected):
        assert keys(two_lines.elites(generation)) == expected
        best = [two_lines.best_of_line(key, generation) for key in ("a0", "b0")]
        assert keys(member for member in best if member) == expected

    def test_a_line_that_went_back_keeps_its_best(self):
        lineages = grow(
            *[("a0", "", "", 3.0), ("a1", "a0", "", 2.0), ("a2", "a1", "", 9.0)],
            *[("a1b", "a0", "a2", 1.0), ("a2b", "a1b", "", 4.0)],
        )
        assert keys(lineages.line("a2b")) == ["a0", "a1", "a2", "a1b", "a2b"]
        assert [keys(lineages.elites(g)) for g in range(3)] == [["a0"], ["a1b"], ["a1b"]]
        assert lineages.setbacks("a2") == 0
        assert lineages.setbacks("a1b") == lineages.setbacks("a2b") == 1

    def test_nan_and_broken_are_never_elites(self):
        lineages = grow(("a", "", "", math.nan), ("b", "", "", "broken"), ("c", "", "", None))
        assert lineages.elites() == []
        assert lineages.best() is None
        assert lineages.best_of_line("a") is None

    def test_ties_go_to_the_smaller_key(self):
        lineages = grow(("b", "", "", 1.0), ("a", "b", "", 1.0), ("c", "a", "", 1.0))
        assert [lineages.best_of_line("b", g).key for g in range(3)] == ["b", "a", "a"]

    def test_best_of_all_and_of_one_generation(self, two_lines):
        assert two_lines.best().key == "b2"
        assert two_lines.best(1).key == "a1"
        assert two_lines.best(3) is None


class TestRecords:
    def test_completion_is_recorded_once(self):
        lineages = grow(("a", "", "", None))
        member = lineages.complete("a", -0.5, reported=0.5)
        assert member is lineages["a"] is lineages.node("a").item
        assert (member.status, member.objective, member.reported) == (Status.COMPLETED, -0.5, 0.5)
        for again in (lambda: lineages.complete("a", 0.0), lambda: lineages.break_("a")):
            with pytest.raises(ValueError, match="'a' is completed already"):
                again()
        assert lineages["a"] is member

    def test_is_a_collection_of_members_by_key(self, two_lines):
        assert len(two_lines) == 8
        assert "a1" in two_lines
        assert "q" not in two_lines
        assert keys(two_lines)[:3] == ["a0", "b0", "a1"]

    @pytest.mark.parametrize(
        "method",
        [
            "node",
            "line",
            "setbacks",
            "best_of_line",
            "base",
            "true_ancestor",
            "break_",
            "__getitem__",
        ],
    )
    def test_an_unknown_member_is_named(self, two_lines, method):
        with pytest.raises(UnknownMember, match="No member 'q' among the 8 of this population"):
            getattr(two_lines, method)("q")

    @pytest.mark.parametrize(
        ("member", "message"),
        [
            (Member("a0", {}), "'a0' is already"),
            (Member("n", {}, 2, "a0"), "'n' is of generation 2, but .* generation 1"),
            (Member("n", {}, 1), "'n' is of generation 1, but .* generation 0"),
            (Member("n", {}, 1, "q"), "No member 'q'"),
            (Member("n", {}, 1, "a0", "q"), "No member 'q'"),
        ],
    )
    def test_an_impossible_member_is_refused_and_leaves_no_trace(self, two_lines, member, message):
        with pytest.raises((ValueError, UnknownMember), match=message):
            two_lines.add(member)
        assert len(two_lines) == 8
        assert len(two_lines.roots) == 2
        assert keys(node.item for node in two_lines.node("a0").children) == ["a1"]


def test_a_line_of_100000_generations():
    lineages = Lineages()
    parent = None
    for generation in range(LONG):
        lineages.add(Member(str(generation), {}, generation, parent))
        lineages.complete(str(generation), float(-generation))
        parent = str(generation)
    assert len(lineages.line(parent)) == len(list(lineages)) == LONG
    assert lineages.best_of_line("0").key == lineages.best().key == parent
    assert lineages.best_of_line("0", 5).key == "5"
    assert keys(lineages.members_at(LONG - 1)) == [parent]


# -- the same, computed from nothing but the list of members ---------------------------------------


class Naive:
    """Answers each question by going through all members, as they are defined."""

    def __init__(self, lineages):
        self.members = list(lineages)
        self.by_key = {member.key: member for member in self.members}

    def line(self, member):
        ancestor = member.true_ancestor
        return [member] if ancestor is None else [*self.line(self.by_key[ancestor]), member]

    def depth(self, member):
        return 0 if member.parent is None else 1 + self.depth(self.by_key[member.parent])

    def best_of_line(self, member, generation):
        start = self.line(member)[0]
        peers = [
            other
            for other in self.members
            if self.line(other)[0] is start
            and is_rankable(other)
            and other.generation <= generation
        ]
        return min(peers, key=rank, default=None)

    def elites(self, generation):
        starts = [member for member in self.members if member.true_ancestor is None]
        found = [self.best_of_line(start, generation) for start in starts]
        return {member.key for member in found if member is not None}

    def setbacks(self, member):
        line = self.line(member)
        return sum(b.generation <= a.generation for a, b in zip(line, line[1:]))


@st.composite
def histories(draw):
    """Return lineages in which anything happened that may."""
    lineages = Lineages()
    numbers = st.integers(0, 10**6)
    for number in range(draw(st.integers(1, 25))):
        known = keys(lineages)
        kind = draw(st.sampled_from(["root", "keep", "fork", "fork"])) if known else "root"
        parent = None if kind == "root" else known[draw(numbers) % len(known)]
        base = known[draw(numbers) % len(known)] if kind == "fork" else None
        generation = 0 if parent is None else lineages[parent].generation + 1
        lineages.add(Member(f"{draw(numbers):x}.{number}", {}, generation, parent, base))
        pending = [member.key for member in lineages if member.status is Status.PENDING]
        for key in draw(st.lists(st.sampled_from(pending), unique=True, max_size=2)):
            objective = draw(st.sampled_from([0.0, 1.0, 2.0, math.inf, math.nan, None]))
            if objective is None:
                lineages.break_(key)
            else:
                lineages.complete(key, objective)
    return lineages


@given(histories())
def test_any_history_gives_what_its_definitions_say(lineages):
    naive = Naive(lineages)
    deepest = max(member.generation for member in lineages)
    for generation in range(-1, deepest + 2):
        elites = keys(lineages.elites(generation))
        assert len(elites) == len(set(elites))
        assert set(elites) == naive.elites(generation)
        assert keys(lineages.members_at(generation)) == keys(
            member for member in lineages if member.generation == generation
        )
        completed = lineages.completed_at(generation)
        assert len(completed) == lineages.count_at(generation)
        assert set(keys(completed)) == set(
            keys(m for m in lineages.members_at(generation) if m.status is Status.COMPLETED)
        )
    for member in lineages:
        key = member.key
        assert lineages.node(key).node_depth == member.generation == naive.depth(member)
        assert lineages.line(key) == naive.line(member)
        assert lineages.setbacks(key) == naive.setbacks(member)
        assert keys(lineages.jumps(key)) == keys(m for m in lineages if m.base == key)
        assert keys(lineages.successors(key)) == keys(m for m in lineages if m.true_ancestor == key)
        for generation in (0, 1, deepest):
            assert lineages.best_of_line(key, generation) == naive.best_of_line(member, generation)
    for root in lineages.roots:
        for depth in range(deepest + 1):
            nodes = root.get_nodes_at_depth(depth)
            assert set(nodes) == {node for node in root if node.node_depth == depth}
    assert lineages.best() == min(filter(is_rankable, lineages), key=rank, default=None)
