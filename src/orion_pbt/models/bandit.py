"""A bandit for categories whose worth drifts: exponential weights that never forget an arm."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from orion_pbt.models.arrays import Array


@dataclass(frozen=True)
class Pull:
    """An arm that was pulled.

    Parameters
    ----------
    round:
        Number of the round; rounds rise.
    arm:
        From 0.
    reward:
        What it brought, in [0, 1].
    """

    round: int
    arm: int
    reward: float


def chances(pulls: Sequence[Pull], arms: int) -> Array:
    """Return the probability with which each arm should be pulled next.

    Time-varying EXP3 as in Parker-Holder et al. 2021 (arXiv 2106.15883, section 4.1), after EXP3.S
    of Auer et al. 2002: the weight of an arm grows with its reward over the probability that it
    was pulled, and then every arm gets a share of all weights, so that one that was bad can come
    back. The probability is the share of the round's pulls that were of this arm, as most pulls
    were not drawn from here.

    Parameters
    ----------
    pulls:
        In order of their rounds.
    arms:
        Number of arms, at least 1.
    """
    mixing, sharing = _rates(len(pulls), arms)
    weights = numpy.ones(arms)
    in_round = Counter(pull.round for pull in pulls)
    alike = Counter((pull.round, pull.arm) for pull in pulls)
    for pull in pulls:
        share = alike[pull.round, pull.arm] / in_round[pull.round]
        shared = math.e * sharing / arms * weights.sum()
        weights[pull.arm] *= math.exp(mixing * pull.reward / share / arms)
        weights += shared
        weights /= weights.sum()  # only their ratios count, and they would overflow
    mixed: Array = (1 - mixing) * weights / weights.sum() + mixing / arms
    return mixed


def _rates(pulls: int, arms: int) -> tuple[float, float]:
    """Return γ and α of Auer et al. 2002 (corollaries 3.2 and 8.2) for a number of pulls."""
    count = max(pulls, 1)
    most = math.sqrt(arms * math.log(max(arms, 2)) / ((math.e - 1) * count))
    return min(1.0, most), 1 / count
