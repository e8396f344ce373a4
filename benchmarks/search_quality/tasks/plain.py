"""B1: the smaller the better; what must be learnt is to leave the range that one begins in."""

from __future__ import annotations

from typing import ClassVar

import numpy

from search_quality.tasks.base import Params, Task

RATE = 0.002


class Plain(Task):
    """θ ← θ (1 − 0.002 (2 − h)) from 0.9; the score is 1.2 − θ².

    Roots are drawn from U(0.9, 1.1), and h may go down to 0.0001. Resampling draws from the whole
    space.
    """

    letter, name = "B1", "plain"
    horizon, interval = 1000, 20
    priors: ClassVar = {"h": "uniform(1e-4, 1.1)"}
    initial: ClassVar = {"h": "uniform(0.9, 1.1)"}
    limit, target = 1.1997, 1.199
    digits = 4

    def begin(self, rng: numpy.random.Generator) -> float:
        """Return θ."""
        return 0.9

    def train(
        self, state: float, params: Params, begin: int, end: int, rng: numpy.random.Generator
    ) -> tuple[float, float]:
        """Shrink θ."""
        theta = state * (1 - RATE * (2 - params["h"])) ** (end - begin)
        return theta, 1.2 - theta**2

    def by_hand(self, state: float, begin: int) -> Params:
        """Return the lowest h."""
        return {"h": 1e-4}
