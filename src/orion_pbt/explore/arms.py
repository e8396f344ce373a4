"""Categories as arms of a bandit: each element of a categorical dimension chooses one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from orion_pbt.space import Categorical, Params, Space, Value


def categories(space: Space) -> dict[str, Categorical]:
    """Return the categorical dimensions of a space."""
    return {name: found for name, found in space.items() if isinstance(found, Categorical)}


def count(dimension: Categorical) -> int:
    """Return how many elements a dimension has, each with arms of its own."""
    return math.prod(dimension.shape)


def arms_of(dimension: Categorical, params: Params) -> list[int | None]:
    """Return which choice each element of a category is, in a flat list; None for another one.

    There are others where copies are varied among fewer choices than roots are drawn from.
    """
    return [
        dimension.index(element) if element in dimension.choices else None
        for element in dimension.elements(params[dimension.name])
    ]


def to_value(dimension: Categorical, arms: Sequence[int]) -> Value:
    """Return the value of a category whose elements are these choices."""
    return _fill(dimension.shape, (dimension.choices[arm] for arm in arms))


def one_hot(dimension: Categorical, params: Params) -> list[float]:
    """Return coordinates in which two different choices are at distance 1, whichever they are.

    Those of what is no choice are all 0.
    """
    coordinates: list[float] = []
    for arm in arms_of(dimension, params):
        coordinates += [
            math.sqrt(0.5) if place == arm else 0.0 for place in range(len(dimension.choices))
        ]
    return coordinates


def _fill(shape: tuple[int, ...], elements: Iterator[Value]) -> Value:
    if not shape:
        return next(elements)
    return [_fill(shape[1:], elements) for _ in range(shape[0])]
