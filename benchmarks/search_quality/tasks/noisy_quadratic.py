"""D: a learning rate that has to fall, but not as soon as it looks."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy

from search_quality.tasks.base import Params, Task

CURVATURE = 1 / numpy.arange(1, 21)

# One learning rate for each interval, found by L-BFGS-B from several starts.
BEST = (
    *(0.6469, 0.2442, 0.1391, 0.0942, 0.0697, 0.0544, 0.0439, 0.0362, 0.0303, 0.0257),
    *(0.0219, 0.0187, 0.0159, 0.0135, 0.0114, 0.0095, 0.0078, 0.0064, 0.0054, 0.0045),
)


class NoisyQuadratic(Task):
    """Stochastic gradient descent on a quadratic of 20 dimensions, in expectation.

    With curvatures H_i = 1 / i and gradients of variance H_i / 4, the expected squares of the
    weights go v_i ← (1 − α H_i)² v_i + α² H_i / 4 from 1. The score is −log10(½ Σ H_i v_i). There
    is no luck in it: the noise of the gradients is averaged out.

    A large step makes for speed and a small one for a good end. The step that is best for the
    score after each interval scores 2.141 in the end.
    """

    letter, name = "D", "noisy quadratic"
    horizon, interval = 1000, 50
    priors: ClassVar = {"alpha": "loguniform(1e-3, 1)"}
    limit, target = 2.464, 2.40

    def begin(self, rng: numpy.random.Generator) -> numpy.ndarray:
        """Return the expected squares."""
        return numpy.ones(len(CURVATURE))

    def train(
        self,
        state: numpy.ndarray,
        params: Params,
        begin: int,
        end: int,
        rng: numpy.random.Generator,
    ) -> tuple[numpy.ndarray, float]:
        """Take all steps at once: the sum of a geometric series."""
        alpha = params["alpha"]
        factor = (1 - alpha * CURVATURE) ** 2
        left = factor ** (end - begin)
        squares = left * state + alpha**2 * CURVATURE / 4 * (1 - left) / (1 - factor)
        return squares, -math.log10(0.5 * float(CURVATURE @ squares))

    def by_hand(self, state: numpy.ndarray, begin: int) -> Params:
        """Return the learning rate of the best schedule."""
        return {"alpha": BEST[begin // self.interval]}
