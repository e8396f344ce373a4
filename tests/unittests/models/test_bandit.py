"""The bandit pulls more often what brought more, and never gives an arm up."""

from __future__ import annotations

import math

import pytest

from orion_pbt.models import Pull, chances


def test_nothing_is_known_at_first():
    assert chances([], 4) == pytest.approx([0.25] * 4)
    assert chances([], 1) == pytest.approx([1.0])


def test_one_pull_by_hand():
    # γ = min(1, √(2 ln 2 / (e − 1))) and α = 1; both arms once in a round, so each has share 1/2.
    mixing = math.sqrt(2 * math.log(2) / ((math.e - 1) * 2))
    weights = [1.0, 1.0]
    for arm, reward in ((0, 1.0), (1, 0.0)):
        shared = math.e * 0.5 / 2 * sum(weights)
        weights[arm] *= math.exp(mixing * reward / 0.5 / 2)
        weights = [weight + shared for weight in weights]
        weights = [weight / sum(weights) for weight in weights]
    expected = [(1 - mixing) * weight + mixing / 2 for weight in weights]
    assert chances([Pull(0, 0, 1.0), Pull(0, 1, 0.0)], 2) == pytest.approx(expected)


def rounds(best, count, start=0):
    """Return rounds in which eight members have arms; the best one brings 1 and the others 0.2."""
    return [
        Pull(number, arm, 1.0 if arm == best else 0.2)
        for number in range(start, start + count)
        for arm in (0, 0, 0, 0, 1, 1, 1, 2)
    ]


@pytest.mark.parametrize("best", [0, 1, 2])
def test_the_best_arm_is_pulled_most_however_rare_it_was(best):
    found = chances(rounds(best, 20), 3)
    assert found.argmax() == best
    assert found[best] > 0.6
    assert found.sum() == pytest.approx(1)
    assert found.min() > 0.01


def test_what_was_bad_can_come_back():
    before, after = rounds(0, 12), rounds(2, 13, start=12)
    assert chances(before, 3).argmax() == 0
    assert chances(before + after, 3).argmax() == 2


def test_many_pulls_do_not_overflow():
    found = chances(rounds(1, 3000), 3)
    assert all(map(math.isfinite, found))
