"""Tests of the one total order on members."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_pbt.population import Member, Status, is_rankable, rank

members = st.builds(
    Member,
    key=st.text("abc", min_size=1, max_size=3),
    params=st.just({}),
    status=st.sampled_from(Status),
    objective=st.none() | st.sampled_from([0.0, -0.0, 1.0, math.inf, -math.inf, math.nan]),
)


def completed(key, objective):
    return Member(key, {}, status=Status.COMPLETED, objective=objective)


def in_order(*population):
    """Return the keys from the best to the worst, after checking that arrival does not matter."""
    orders = {
        "".join(member.key for member in sorted(arrived, key=rank))
        for arrived in itertools.permutations(population)
    }
    (order,) = orders
    return order


def test_the_smaller_objective_is_better():
    assert in_order(completed("a", 2.0), completed("b", -1.0), completed("c", 0.5)) == "bca"


def test_trap_1_ties_are_decided_by_key():
    """Two symmetric members never tie, so that one of them can be the worse one."""
    assert in_order(completed("b", 1.0), completed("a", 1.0), completed("c", 1.0)) == "abc"


def test_trap_8_nan_is_never_ranked_best():
    assert in_order(completed("a", math.nan), completed("b", 1e300), completed("c", 1.0)) == "cba"


def test_inf_is_a_legal_bad_score():
    assert in_order(completed("b", math.inf), completed("a", math.nan), completed("c", 9.0)) == (
        "cba"
    )
    assert in_order(completed("b", -math.inf), completed("a", 0.0)) == "ba"
    assert is_rankable(completed("a", math.inf))


@pytest.mark.parametrize(
    "member",
    [
        Member("a", {}, status=Status.BROKEN),
        Member("a", {}, status=Status.PENDING),
        Member("a", {}, status=Status.BROKEN, objective=0.0),
        completed("a", math.nan),
        completed("a", None),
    ],
)
def test_what_broke_or_has_no_number_comes_last(member):
    assert not is_rankable(member)
    assert in_order(member, completed("b", math.inf)) == "ba"


@given(members, members)
def test_is_antisymmetric_and_total(a, b):
    assert (rank(a) < rank(b)) + (rank(b) < rank(a)) + (rank(a) == rank(b)) == 1
    if rank(a) == rank(b):
        assert a.key == b.key


@given(members, members, members)
def test_is_transitive(a, b, c):
    if rank(a) <= rank(b) <= rank(c):
        assert rank(a) <= rank(c)
