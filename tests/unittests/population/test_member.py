"""Tests of the record of a member."""

from __future__ import annotations

import dataclasses

import pytest

from orion_pbt.population import Member, Status


def test_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Member("a", {}).objective = 1.0


def test_starts_as_a_pending_root():
    member = Member("a", {"lr": 0.1})
    assert (member.generation, member.parent, member.base) == (0, None, None)
    assert member.status is Status.PENDING
    assert member.score is None


@pytest.mark.parametrize(
    ("parent", "base", "expected"), [(None, None, None), ("p", None, "p"), ("p", "b", "b")]
)
def test_true_ancestor_is_the_base_if_there_is_one(parent, base, expected):
    assert Member("a", {}, parent=parent, base=base).true_ancestor == expected


def test_a_person_reads_what_the_script_reported():
    assert Member("a", {}, objective=-0.9).score == -0.9
    assert Member("a", {}, objective=-0.9, reported=0.9).score == 0.9
    assert Member("a", {}, objective=0.0, reported=0.0).score == 0.0


def test_is_hashable_whatever_its_hyperparameters():
    assert len({Member("a", {"w": [1, 2]}), Member("a", {"w": [1, 2]})}) == 1
