"""Additive steps: each number a normal step along its scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy

from orion_pbt.errors import bad_setting
from orion_pbt.explore import scales
from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.space import Categorical, Dimension, Params, Space, Value


@dataclass(frozen=True)
class AdditiveExplore(Explore):
    """Add a normal number to each hyperparameter, as a share of its interval.

    The mutation of evolution strategies, with steps of a fixed size. Unlike a factor, a step has
    the same size everywhere on the scale, also at 0.

    Numbers stay inside the bounds and keep their type. A whole number, or a category among
    numbers, changes by at least 1 unless it is at a bound. Other categories are drawn anew from
    their prior. Each element of a dimension with a shape is moved by itself.

    Parameters
    ----------
    deviation:
        Standard deviation of a step, as a share of the interval on the scale; above 0. Where a
        bound is infinite, of the width of the prior.
    scale:
        ``'auto'`` takes the log scale where the prior is on it, else the linear one. ``'linear'``,
        ``'log'`` and ``'logit'``, the logarithm of the odds x / (1 − x), are taken for all numbers.

    Raises
    ------
    ConfigurationError
        If a setting is out of its range, or a hyperparameter has no such scale.
    """

    deviation: float = 0.1
    scale: str = "auto"

    def __post_init__(self) -> None:
        if not isinstance(self.deviation, (int, float)) or not 0 < self.deviation < math.inf:
            raise bad_setting(
                "AdditiveExplore.deviation",
                self.deviation,
                "it must be above 0 (a share of the interval)",
                "Use e.g. 0.1.",
            )
        if self.scale not in scales.SCALES:
            raise bad_setting(
                "AdditiveExplore.scale",
                self.scale,
                f"it is one of {', '.join(scales.SCALES)}",
                "Use 'auto', or leave it out.",
            )

    def check(self, space: Space) -> None:
        """See `Explore.check`."""
        for dimension in space.values():
            scales.check_scale("AdditiveExplore.scale", self.scale, dimension)

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        return {
            name: dimension.map(partial(self._move, rng, dimension), params[name])
            for name, dimension in space.items()
        }

    def _move(self, rng: numpy.random.Generator, dimension: Dimension, element: Value) -> Value:
        if isinstance(dimension, Categorical) and not dimension.is_ordinal:
            return dimension.draw(rng)
        return scales.moved(dimension, element, rng.normal(0, self.deviation), self.scale)
