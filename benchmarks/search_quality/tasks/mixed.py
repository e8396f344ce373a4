"""F: categories, whole numbers and reals, of which some matter at times only."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy

from search_quality.tasks.base import Params, Task

KINDS = ("A", "B", "C")
WRONG = 0.3


class Mixed(Task):
    """The right kind is A, then B, then C, each for a third of the time.

    A step gains, with kind A, exp(−(log10 a + 1)² / 0.5); with B, exp(−((b1 − 0.9) / 0.2)² −
    (log2 b2 − 3)²); with C, 1; and 0.3 of it where the kind is wrong. The gains are added up and
    divided by T.
    """

    letter, name = "F", "mixed"
    horizon, interval = 300, 10
    priors: ClassVar = {
        "kind": "choices(['A', 'B', 'C'])",
        "a": "loguniform(1e-4, 1)",
        "b1": "uniform(0, 1)",
        "b2": "uniform(1, 16, discrete=True)",
    }
    limit, target = 1.0, 0.90

    def begin(self, rng: numpy.random.Generator) -> float:
        """Return what was gained."""
        return 0.0

    def train(
        self, state: float, params: Params, begin: int, end: int, rng: numpy.random.Generator
    ) -> tuple[float, float]:
        """Gain."""
        rights = [self._right_kind(step) == params["kind"] for step in range(begin, end)]
        weight = sum(1.0 if right else WRONG for right in rights)
        gained = state + weight * _gain(params)
        return gained, gained / self.horizon

    def by_hand(self, state: float, begin: int) -> Params:
        """Return what gains 1."""
        return {"kind": self._right_kind(begin), "a": 0.1, "b1": 0.9, "b2": 8}

    def _right_kind(self, step: int) -> str:
        return KINDS[len(KINDS) * step // self.horizon]


def _gain(params: Params) -> float:
    if params["kind"] == "A":
        return math.exp(-((math.log10(params["a"]) + 1) ** 2) / 0.5)
    if params["kind"] == "B":
        return math.exp(-(((params["b1"] - 0.9) / 0.2) ** 2) - (math.log2(params["b2"]) - 3) ** 2)
    return 1.0
