"""The search space: all hyperparameters together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy

from orion_pbt.errors import bad_setting
from orion_pbt.space.dimension import Dimension, Real, Value

Params = Mapping[str, Value]
"""Hyperparameter values by name, without the fidelity."""


class Space(Mapping[str, Dimension]):
    """An ordered collection of dimensions, by name.

    Parameters
    ----------
    dimensions:
        The hyperparameters, without the fidelity. Their order is kept.

    Raises
    ------
    ConfigurationError
        If two dimensions share a name.
    """

    def __init__(self, dimensions: Iterable[Dimension]) -> None:
        self._dimensions: dict[str, Dimension] = {}
        for dimension in dimensions:
            if dimension.name in self._dimensions:
                raise bad_setting(
                    "The name of a dimension",
                    dimension.name,
                    "names must be unique",
                    "Rename one of the two.",
                )
            self._dimensions[dimension.name] = dimension

    def __getitem__(self, name: str) -> Dimension:
        return self._dimensions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._dimensions)

    def __len__(self) -> int:
        return len(self._dimensions)

    @property
    def cardinality(self) -> float:
        """Number of distinct points, ``inf`` with any real dimension."""
        return math.prod(dimension.cardinality for dimension in self.values())

    def sample(self, rng: numpy.random.Generator) -> dict[str, Value]:
        """Draw one point from the prior."""
        return {name: dimension.sample(rng) for name, dimension in self.items()}

    def nudge(self, params: Params, steps: int) -> dict[str, Value]:
        """Return a point that differs by the smallest steps in its first real dimension, if any."""
        new = dict(params)
        for name, dimension in self.items():
            if isinstance(dimension, Real):
                new[name] = dimension.map(partial(dimension.shift, steps=steps), params[name])
                break
        return new

    def encode(self, params: Params) -> dict[str, Any]:
        """Return a JSON-able form of a point."""
        return {name: self[name].encode(value) for name, value in params.items()}

    def decode(self, code: Mapping[str, Any]) -> dict[str, Value]:
        """Return the point that `encode` was given."""
        return {name: self[name].decode(value) for name, value in code.items()}
