"""What of a winner's gain was its schedule."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest

from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.replaying.comparison import Comparison, Scores, kept_lines


def comparison(**changes: Any) -> Comparison:
    settings = {
        "winner": 1.0,
        "replays": Scores((1.5, 2.5)),
        "baseline": Scores((4.0, 6.0)),
        "kind": "constant",
    }
    return Comparison(**{**settings, **changes})  # type: ignore[arg-type]


def test_the_share_is_that_of_the_gain() -> None:
    found = comparison()
    assert found.gain == 4.0
    assert found.schedule_share == (5.0 - 2.0) / 4.0
    # Both means have standard errors, 0.5 and 1; the baseline's counts for what is left.
    assert found.share_error == pytest.approx(math.sqrt(0.5**2 + (0.25 * 1.0) ** 2) / 4.0)


def test_where_larger_is_better_the_share_is_the_same() -> None:
    found = comparison(
        winner=-1.0,
        replays=Scores((-1.5, -2.5)),
        baseline=Scores((-4.0, -6.0)),
        maximised=True,
    )
    assert found.gain == 4.0
    assert found.schedule_share == comparison().schedule_share
    assert found.share_error == comparison().share_error


@pytest.mark.parametrize(
    ("replays", "share"), [((0.0,), 1.25), ((5.0,), 0.0), ((6.0,), -0.25), ((1.0,), 1.0)]
)
def test_a_share_may_be_more_than_all_or_less_than_nothing(
    replays: tuple[float, ...], share: float
) -> None:
    found = comparison(replays=Scores(replays))
    assert found.schedule_share == share
    assert found.share_error is None  # of one replay
    assert comparison(baseline=Scores((5.0,))).share_error is None


def test_longer_replays_are_compared_with_a_baseline_that_is_as_long() -> None:
    assert comparison(is_same_budget=False).schedule_gain == 3.0
    assert comparison(is_same_budget=False, kind="kept").schedule_gain is None
    assert comparison(kind="kept").schedule_gain == 3.0


@pytest.mark.parametrize(
    "changes",
    [
        {"winner": None},
        {"winner": 5.0},
        {"winner": 6.0},
        {"winner": math.inf},
        {"replays": Scores(())},
        {"replays": Scores((math.nan, 1.0))},
        {"baseline": Scores(())},
        {"baseline": Scores((math.inf,))},
        {"is_same_budget": False},
    ],
)
def test_where_it_cannot_be_told_it_is_not(changes: dict[str, Any]) -> None:
    found = comparison(**changes)
    assert found.schedule_share is None
    assert found.share_error is None


def test_the_error_is_that_of_many_repetitions() -> None:
    rng = numpy.random.default_rng(1)
    shares, errors = [], []
    for _ in range(4000):
        replays = Scores(tuple(rng.normal(2.0, 0.3, 8)))
        found = comparison(replays=replays, baseline=Scores(tuple(rng.normal(5.0, 0.6, 8))))
        shares.append(found.schedule_share)
        errors.append(found.share_error)
    assert numpy.std(shares) == pytest.approx(numpy.mean(errors), rel=0.1)


def test_the_spread_is_the_standard_deviation() -> None:
    assert Scores((1.0, 3.0)).spread == pytest.approx(math.sqrt(2))
    assert Scores((1.0,)).spread is None
    assert Scores((1.0, math.inf)).spread is None
    assert Scores(()).mean is None


def test_kept_lines_never_copied_and_never_changed() -> None:
    lineages = Lineages()
    for root in "abcd":
        lineages.add(Member(root, {"lr": 0.1}))
        lineages.complete(root, 0.0)
    members = [
        Member("a1", {"lr": 0.1}, 1, "a"),
        Member("b1", {"lr": 0.1}, 1, "a", "b"),  # a copy
        Member("c1", {"lr": 0.2}, 1, "c"),  # broke, and went on varied
        Member("d1", {"lr": 0.1}, 1, "d"),
    ]
    for score, member in enumerate(members):
        lineages.add(member)
        lineages.complete(member.key, float(score))
    lineages.add(Member("a2", {"lr": 0.1}, 2, "a1"))
    assert kept_lines(lineages, 1) == Scores((0.0, 3.0))
    assert kept_lines(lineages, 0) == Scores((0.0,) * 4)
    assert kept_lines(lineages, 2) == Scores(())  # it is not completed
