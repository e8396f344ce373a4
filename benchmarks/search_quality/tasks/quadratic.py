"""A: climb a hill whose slope is seen through the hyperparameters."""

from __future__ import annotations

from typing import ClassVar

import numpy

from search_quality.tasks.base import Params, Task

LEARNING_RATE = 0.01


class Quadratic(Task):
    """Figure 2 of Jaderberg et al. 2017 (arXiv 1711.09846).

    Evaluated is Q(θ) = 1.2 − (θ0² + θ1²); descended is the slope of Q̂(θ|h) = 1.2 − (h0 θ0² +
    h1 θ1²), from θ = (0.9, 0.9). As in all tasks roots are drawn from the prior; the paper starts
    from h = (1, 0) and (0, 1).
    """

    letter, name = "A", "quadratic"
    horizon, interval = 200, 5
    priors: ClassVar = {"h0": "uniform(0, 1)", "h1": "uniform(0, 1)"}
    limit, target = 1.1995, 1.199
    digits = 4

    def begin(self, rng: numpy.random.Generator) -> tuple[float, float]:
        """Return θ."""
        return 0.9, 0.9

    def train(
        self,
        state: tuple[float, float],
        params: Params,
        begin: int,
        end: int,
        rng: numpy.random.Generator,
    ) -> tuple[tuple[float, float], float]:
        """Descend."""
        theta0 = state[0] * (1 - 2 * LEARNING_RATE * params["h0"]) ** (end - begin)
        theta1 = state[1] * (1 - 2 * LEARNING_RATE * params["h1"]) ** (end - begin)
        return (theta0, theta1), 1.2 - theta0**2 - theta1**2

    def by_hand(self, state: tuple[float, float], begin: int) -> Params:
        """Return the true slope."""
        return {"h0": 1.0, "h1": 1.0}
