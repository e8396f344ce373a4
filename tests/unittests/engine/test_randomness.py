"""Tests of the randomness that belongs to one decision."""

from __future__ import annotations

import itertools

from orion_pbt.engine import generator


def draw(*decision):
    return generator(*decision).integers(2**63)


def test_the_same_decision_draws_the_same():
    assert draw("7", "exploit", "key", 0) == draw("7", "exploit", "key", 0)


def test_is_the_same_for_ever():
    assert draw("7", "exploit", "key", 0) == 8571264820075580960


def test_any_difference_gives_other_draws():
    decisions = [
        *[("7", "exploit", "key", 0), ("8", "exploit", "key", 0), ("7", "explore", "key", 0)],
        *[("7", "exploit", "kez", 0), ("7", "exploit", "key", 1), ("7", "exploit", "key", "0")],
        *[("7", "exploit", "key"), ("7", "exploit", "key", 0, 0), ("7exploit", "key", 0)],
    ]
    for one, other in itertools.combinations(decisions, 2):
        assert draw(*one) != draw(*other)


def test_decisions_share_no_stream():
    first = generator("7", "a")
    expected = [first.random() for _ in range(3)]
    again = generator("7", "a")
    for value in expected:
        generator("7", "b").random()
        assert again.random() == value
