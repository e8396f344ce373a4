"""Hyperparameters as coordinates between 0 and 1, for models that know numbers only."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy

from orion_pbt.space import Integer, Params, Real, Space, Value


class UnitCube:
    """The numbers of a space, each scaled from its bounds to [0, 1]; log priors on the log scale.

    Where a bound is infinite, what was seen so far, widened by a tenth of the prior's width each
    way, takes its place. Each element of a dimension with a shape is a coordinate of its own.

    Parameters
    ----------
    space:
        The space; its categories are left out.
    seen:
        Points that were tried.
    """

    def __init__(self, space: Space, seen: Iterable[Params]) -> None:
        points = list(seen)
        self._bounds: dict[str, tuple[float, float]] = {}
        self._numbers: dict[str, Real | Integer] = {}
        for name, dimension in space.items():
            if isinstance(dimension, (Real, Integer)):
                self._numbers[name] = dimension
                self._bounds[name] = _bounds(dimension, [point[name] for point in points])

    def __len__(self) -> int:
        """Return the number of coordinates."""
        return sum(math.prod(dimension.shape) for dimension in self._numbers.values())

    def to_unit(self, params: Params) -> list[float]:
        """Return a point's coordinates; outside [0, 1] where it is outside the bounds."""
        coordinates: list[float] = []
        for name, dimension in self._numbers.items():
            low, high = self._bounds[name]
            elements = numpy.asarray(params[name], dtype=float).ravel()
            coordinates += [(_to_scale(dimension, e) - low) / (high - low) for e in elements]
        return coordinates

    def to_params(self, coordinates: Iterable[float]) -> dict[str, Value]:
        """Return the numbers at coordinates, inside their bounds and with their types."""
        left = iter(coordinates)
        params = {}
        for name, dimension in self._numbers.items():
            low, high = self._bounds[name]
            count = math.prod(dimension.shape)
            elements = [
                _from_scale(dimension, low + next(left) * (high - low)) for _ in range(count)
            ]
            shaped = numpy.reshape(elements, dimension.shape).tolist()
            params[name] = dimension.map(dimension.tidy, shaped)
        return params


def _bounds(dimension: Real | Integer, seen: list[Value]) -> tuple[float, float]:
    if math.isfinite(dimension.low) and math.isfinite(dimension.high):
        return _to_scale(dimension, dimension.low), _to_scale(dimension, dimension.high)
    elements = numpy.asarray(seen, dtype=float).ravel()
    margin = dimension.width / 10
    return (
        dimension.clip(float(elements.min()) - margin),
        dimension.clip(float(elements.max()) + margin),
    )


def _to_scale(dimension: Real | Integer, element: float) -> float:
    if not dimension.log:
        return float(element)
    return math.log(element if element > 0 else dimension.low)  # outside a narrower range


def _from_scale(dimension: Real | Integer, position: float) -> float:
    return math.exp(position) if dimension.log else position
