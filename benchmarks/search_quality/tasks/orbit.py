"""E: the optimum goes round and round."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy

from search_quality.tasks.base import Params, Task


class Orbit(Task):
    """Follow c(t) = 0.5 + 0.4 (cos, sin)(2πt / T) with two hyperparameters.

    Step t, from 0, gains max(0, 1 − ‖x − c(t)‖² / 0.1). The gains are added up and divided by T.
    """

    letter, name = "E", "orbit"
    horizon, interval = 400, 10
    priors: ClassVar = {"x": "uniform(0, 1)", "y": "uniform(0, 1)"}
    limit, target = 0.997, 0.90

    def begin(self, rng: numpy.random.Generator) -> float:
        """Return what was gained."""
        return 0.0

    def train(
        self, state: float, params: Params, begin: int, end: int, rng: numpy.random.Generator
    ) -> tuple[float, float]:
        """Gain."""
        x, y = self._centre(numpy.arange(begin, end))
        distance = (params["x"] - x) ** 2 + (params["y"] - y) ** 2
        gained = state + float(numpy.maximum(0, 1 - distance / 0.1).sum())
        return gained, gained / self.horizon

    def by_hand(self, state: float, begin: int) -> Params:
        """Return where the optimum is in the middle of the interval."""
        x, y = self._centre(numpy.array([begin + (self.interval - 1) / 2]))
        return {"x": float(x[0]), "y": float(y[0])}

    def _centre(self, steps: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
        angle = 2 * math.pi * steps / self.horizon
        return 0.5 + 0.4 * numpy.cos(angle), 0.5 + 0.4 * numpy.sin(angle)
