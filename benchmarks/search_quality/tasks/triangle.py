"""C: a learning rate that has to rise and fall, and luck in every step."""

from __future__ import annotations

from typing import ClassVar

import numpy

from search_quality.tasks.base import Params, Task

TOLERANCE = 3


class Triangle(Task):
    """The state is an accuracy, and the best learning rate hangs on it.

    The best one is 0.01 · acc / 100 up to an accuracy of 100, then falls as it rose, and is kept
    inside [0.001, 0.01]. With q the ratio of the two learning rates, at least 1, and U uniform
    in [0, 1]: a step adds U / q where q < 3; else it takes (q − 3) U where the learning rate is too
    high, down to 0 at most, and nothing where it is too low.

    By hand, changing the learning rate at each step, an accuracy of 100 is expected, with a
    standard deviation of 4; changing it at each interval, 98.
    """

    letter, name = "C", "triangle"
    horizon, interval = 200, 5
    priors: ClassVar = {"lr": "loguniform(1e-4, 2e-2)"}
    limit, target = 99.5, 95.0
    replays = 10
    digits = 1

    def begin(self, rng: numpy.random.Generator) -> float:
        """Return the accuracy."""
        return 0.0

    def train(
        self, state: float, params: Params, begin: int, end: int, rng: numpy.random.Generator
    ) -> tuple[float, float]:
        """Take steps of random size."""
        accuracy, rate = state, params["lr"]
        for luck in rng.random(end - begin):
            best = _best(accuracy)
            ratio = max(rate, best) / min(rate, best)
            if ratio < TOLERANCE:
                accuracy += float(luck) / ratio
            elif rate > best:
                accuracy = max(accuracy - (ratio - TOLERANCE) * float(luck), 0.0)
        return accuracy, accuracy

    def by_hand(self, state: float, begin: int) -> Params:
        """Return the learning rate that is best now."""
        return {"lr": _best(state)}


def _best(accuracy: float) -> float:
    height = accuracy if accuracy < 100 else 200 - accuracy
    return min(max(0.01 * height / 100, 0.001), 0.01)
