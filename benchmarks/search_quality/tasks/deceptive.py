"""B2: what is better at first is worse in the end."""

from __future__ import annotations

from typing import ClassVar

import numpy

from search_quality.tasks.base import Params, Task
from search_quality.tasks.plain import RATE

WEIGHT = 0.2


class Deceptive(Task):
    """As `plain`, with a speed of max(2 − h − pen, 0).

    The penalty, pen = 0.2 Σ |h_i − (1 − i / 50)|, is a sum over the intervals i up to the present
    one, and is inherited with θ. It makes h fall slowly, where a greedy strategy lets it drop: h =
    0.0001 from the start scores 0.827.
    """

    letter, name = "B2", "deceptive"
    horizon, interval = 1000, 20
    priors: ClassVar = {"h": "uniform(1e-4, 1.1)"}
    initial: ClassVar = {"h": "uniform(0.9, 1.1)"}
    limit, target = 1.198, 1.15
    digits = 4

    def begin(self, rng: numpy.random.Generator) -> tuple[float, float]:
        """Return θ and the penalty."""
        return 0.9, 0.0

    def train(
        self,
        state: tuple[float, float],
        params: Params,
        begin: int,
        end: int,
        rng: numpy.random.Generator,
    ) -> tuple[tuple[float, float], float]:
        """Shrink θ."""
        theta, penalty = state
        # Interval by interval, as a trial may be longer than one.
        for start in range(begin, end, self.interval):
            steps = min(self.interval, end - start)
            penalty += WEIGHT * abs(params["h"] - self.by_hand(state, start)["h"])
            speed = max(2 - params["h"] - penalty, 0)
            theta *= (1 - RATE * speed) ** steps
        return (theta, penalty), 1.2 - theta**2

    def by_hand(self, state: tuple[float, float], begin: int) -> Params:
        """Return the h that is not punished."""
        number, count = begin // self.interval, self.horizon // self.interval
        return {"h": 1 - number / count}
