"""Perturbation: each hyperparameter a little up or down."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy

from orion_pbt.errors import bad_setting
from orion_pbt.explore import scales
from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.settings import OURS
from orion_pbt.space import Categorical, Integer, Params, Real, Space, Value

LEAST_STEP = 0.02
"""Share of the interval that a step has at least, where 0 is inside the bounds: near 0 a factor
would not move a number any more."""


@dataclass(frozen=True)
class PerturbExplore(Explore):
    """Multiply or divide each number by a factor, with equal probability.

    Perturbation of Jaderberg et al. 2017 (arXiv 1711.09846, section 4.1.1: ×1.2 or ×0.8), on the
    scale that the user wrote: a factor of 1.2 multiplies a learning rate by 1.2, log prior or not.

    Numbers stay inside the bounds and keep their type. A whole number changes by at least 1
    unless it is at a bound. Where 0 is inside the bounds, a step is at least 2 % of the interval,
    so that a number can leave 0 and change its sign. A category is drawn anew from its prior;
    where all categories are numbers it moves to a neighbour. Each element of a dimension with a
    shape is perturbed by itself.

    Parameters
    ----------
    factor:
        Above 0 and not 1; a factor and its inverse are the same.
    volatility:
        Where a step would leave the bounds, the number is set to the bound, less the absolute
        value of a normal number with this standard deviation, as a share of the interval on its
        own scale; at least 0.
    scale:
        What the factor multiplies: ``'value'``, or ``'odds'`` for the odds x / (1 − x) of real
        numbers from 0 to 1, such as a momentum or a discount, where 0.99 and 0.999 differ as much
        as 0.9 and 0.99. A number at 0 or 1 itself is taken to be 0.001 away.

    Raises
    ------
    ConfigurationError
        If a setting is out of its range, or numbers of a hyperparameter have no odds.
    """

    factor: float = 1.2
    volatility: float = 0.0001
    scale: str = field(default="value", metadata=OURS)

    def __post_init__(self) -> None:
        is_number = isinstance(self.factor, (int, float))
        if not is_number or not 0 < self.factor < math.inf or self.factor == 1:
            raise bad_setting(
                "PerturbExplore.factor",
                self.factor,
                "it must be above 0 and not 1 (numbers are multiplied or divided by it)",
                "Use e.g. 1.2.",
            )
        if not isinstance(self.volatility, (int, float)) or not 0 <= self.volatility < math.inf:
            raise bad_setting(
                "PerturbExplore.volatility",
                self.volatility,
                "it must be at least 0",
                "Use e.g. 0.0001.",
            )
        if self.scale not in ("value", "odds"):
            raise bad_setting(
                "PerturbExplore.scale",
                self.scale,
                "it is 'value' or 'odds'",
                "Leave it out for 'value'.",
            )

    def check(self, space: Space) -> None:
        """See `Explore.check`."""
        for dimension in space.values() if self.scale == "odds" else ():
            scales.check_odds("PerturbExplore.scale", self.scale, dimension)

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        new = {}
        for name, dimension in space.items():
            move: Callable[[Value], Value]
            if isinstance(dimension, Integer):
                move = partial(self._integer, rng, dimension)
            elif isinstance(dimension, Real):
                move = partial(self._real, rng, dimension)
            elif isinstance(dimension, Categorical):
                move = partial(self._category, rng, dimension)
            else:
                raise TypeError(f"Dimension {name} is of unknown type {type(dimension).__name__}.")
            new[name] = dimension.map(move, params[name])
        return new

    def _real(self, rng: numpy.random.Generator, dimension: Real, element: float) -> float:
        moved = self._step(rng, dimension, element)
        if not dimension.low <= moved <= dimension.high:
            moved = self._inside(rng, dimension, moved)
        return dimension.tidy(moved)

    def _integer(self, rng: numpy.random.Generator, dimension: Integer, element: int) -> int:
        moved = self._step(rng, dimension, element)
        if round(moved) == element:
            moved = element + (1 if moved > element else -1)
        return dimension.tidy(moved)

    def _category(
        self, rng: numpy.random.Generator, dimension: Categorical, element: Value
    ) -> Value:
        if not dimension.is_ordinal:
            return dimension.draw(rng)
        ladder = scales.ladder(dimension)
        place = scales.rung(dimension, element)
        if element not in ladder:
            return ladder[place]
        neighbours = ladder[max(place - 1, 0) : place] + ladder[place + 1 : place + 2]
        return neighbours[int(rng.integers(len(neighbours)))]

    def _step(
        self, rng: numpy.random.Generator, dimension: Real | Integer, element: float
    ) -> float:
        up = rng.random() < 0.5
        if self.scale == "odds":
            step = math.log(self.factor)
            return scales.from_log_odds(scales.log_odds(element) + (step if up else -step))
        moved = element * self.factor if up else element / self.factor
        least = LEAST_STEP * dimension.width if dimension.low <= 0 <= dimension.high else 0
        if abs(moved - element) < least:
            return element + least if up else element - least
        return moved

    def _inside(self, rng: numpy.random.Generator, dimension: Real, moved: float) -> float:
        bound, inward = (dimension.high, -1) if moved > dimension.high else (dimension.low, 1)
        share = inward * abs(rng.normal(0, self.volatility)) if self.volatility else 0.0
        if dimension.log:
            return bound * math.exp(share * math.log(dimension.high / dimension.low))
        return bound + share * dimension.width
