"""Exploration as in a textbook, written here so that it stays what others are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from orion_pbt.explore import Explore, Fork
from orion_pbt.space import Categorical, Dimension, Params, Space, Value


@dataclass(frozen=True)
class TextbookExplore(Explore):
    """Each hyperparameter by itself is drawn anew now and then, else multiplied or divided.

    Jaderberg et al. 2017 (arXiv 1711.09846, section 4.1.1). Numbers are cut off at the bounds, and
    whole ones rounded, maybe to what they were. A category that is not drawn anew is left alone.

    Parameters
    ----------
    factor:
        Numbers are multiplied or divided by it, with equal probability.
    probability:
        Of drawing anew.
    """

    factor: float = 1.2
    probability: float = 0.25

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        return {name: self._vary(rng, space[name], params[name]) for name in space}

    def _vary(self, rng: numpy.random.Generator, dimension: Dimension, value: Value) -> Value:
        if rng.random() < self.probability:
            return dimension.sample(rng)
        if isinstance(dimension, Categorical):
            return value
        return dimension.map(lambda element: dimension.tidy(self._step(rng, element)), value)

    def _step(self, rng: numpy.random.Generator, element: float) -> float:
        return element * self.factor if rng.random() < 0.5 else element / self.factor
