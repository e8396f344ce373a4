"""Skill and luck, from scores."""

from __future__ import annotations

import math

import numpy
import pytest

from orion_pbt.finalists import Finalist, Standings


def test_the_best_is_the_one_with_the_best_mean() -> None:
    lucky = Finalist("lucky", 0.1, (0.5, 0.7))
    good = Finalist("good", 0.2, (0.2, 0.3))
    unknown = Finalist("unknown", 0.3, (math.nan,))
    assert Standings((unknown, lucky, good)).ranked == (good, lucky, unknown)
    assert Standings((unknown, lucky, good), maximised=True).ranked == (lucky, good, unknown)


def test_luck_is_how_much_better_the_chosen_score_was() -> None:
    finalist = Finalist("a", 0.2, (0.2, 0.4))
    assert Standings((finalist,)).luck(finalist) == pytest.approx(0.1)
    assert Standings((finalist,), maximised=True).luck(finalist) == pytest.approx(-0.1)


def test_the_error_is_that_of_the_mean() -> None:
    assert Finalist("a", 0.0, (1.0, 3.0)).error == pytest.approx(1.0)
    assert Finalist("a", 0.0, (1.0,)).error is None


@pytest.mark.parametrize("skill", [0.0, 1.0, 10.0])
def test_the_share_of_skill_is_that_of_the_variances(skill: float) -> None:
    rng = numpy.random.default_rng(1)
    repetitions = 4
    shares = []
    for _ in range(300):
        worth = rng.normal(0, skill, size=30)
        finalists = tuple(
            Finalist(str(place), 0.0, tuple(rng.normal(mean, 1.0, size=repetitions)))
            for place, mean in enumerate(worth)
        )
        share = Standings(finalists).skill_share
        assert share is not None
        shares.append(share)
    expected = skill**2 / (skill**2 + 1 / repetitions)
    assert numpy.mean(shares) == pytest.approx(expected, abs=0.12 if skill == 0 else 0.03)


@pytest.mark.parametrize(
    "finalists",
    [
        (Finalist("a", 0.0, (1.0, 2.0)),),
        (Finalist("a", 0.0, (1.0,)), Finalist("b", 0.0, (2.0,))),
        (Finalist("a", 0.0, (1.0, 1.0)), Finalist("b", 0.0, (1.0, 1.0))),
    ],
)
def test_too_little_says_nothing(finalists: tuple[Finalist, ...]) -> None:
    assert Standings(finalists).skill_share is None


def test_who_is_chosen_from_many_was_lucky() -> None:
    rng = numpy.random.default_rng(2)
    lucks = []
    for _ in range(200):
        scores = rng.normal(0, 1, size=20)  # all are worth the same
        best = float(scores.min())
        finalist = Finalist("best", best, tuple(rng.normal(0, 1, size=5)))
        lucks.append(Standings((finalist,)).luck(finalist))
    assert numpy.mean(lucks) == pytest.approx(1.867, abs=0.1)  # mean of the largest of 20 normals
