"""What was done to each hyperparameter, in a person's words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from orion_pbt.explore.base import Explore
from orion_pbt.explore.perturb import PerturbExplore
from orion_pbt.explore.resample import ResampleExplore
from orion_pbt.explore.scales import log_odds
from orion_pbt.space import Categorical, Dimension, Integer, Params, Real, Space, Value

ROUNDED = 1e-3
"""A number that is this near to another, as a share of it, may be that one rounded."""


@dataclass(frozen=True)
class Change:
    """One hyperparameter, or one element of one that has a shape, before and after.

    Parameters
    ----------
    name:
        The hyperparameter.
    before, after:
        The values.
    how:
        What was done.
    """

    name: str
    before: Value
    after: Value
    how: str


def changes(
    space: Space, before: Params, after: Params, explore: Explore | None = None
) -> list[Change]:
    """Return what was done to each hyperparameter.

    Parameters
    ----------
    space:
        The hyperparameters, with the bounds that they were varied in.
    before, after:
        Their values.
    explore:
        The operator that did it; None if it is not known, or several did.
    """
    return [
        Change(name, old, new, _how(dimension, old, new, explore))
        for dimension in space.values()
        for name, old, new in _elements(dimension, before, after)
    ]


def _elements(
    dimension: Dimension, before: Params, after: Params
) -> Iterator[tuple[str, Value, Value]]:
    for place in itertools.product(*map(range, dimension.shape)):
        old, new = before[dimension.name], after[dimension.name]
        for index in place:
            old, new = old[index], new[index]
        yield dimension.name + "".join(f"[{index}]" for index in place), old, new


def _how(dimension: Dimension, old: Value, new: Value, explore: Explore | None) -> str:
    if repr(old) == repr(new):  # by repr, as 1, 1.0 and True are equal
        return "unchanged"
    if isinstance(explore, ResampleExplore):
        return "drawn anew"
    is_perturbed = isinstance(explore, PerturbExplore)
    if isinstance(dimension, Categorical):
        if not is_perturbed:
            return "changed"
        return "to a neighbour" if dimension.is_ordinal else "drawn anew"
    if isinstance(explore, PerturbExplore) and isinstance(dimension, (Real, Integer)):
        if explore.scale == "odds":
            return f"odds {_factor(1.0, math.exp(log_odds(new) - log_odds(old)))}"
        return _perturbed(dimension, old, new, explore.factor)
    return _factor(old, new)


def _perturbed(dimension: Real | Integer, old: float, new: float, factor: float) -> str:
    is_whole = isinstance(dimension, Integer)
    room = 0.5 if is_whole else ROUNDED * abs(new)
    for step in (old * factor, old / factor):
        if abs(step - new) <= room and dimension.low <= step <= dimension.high:
            return _factor(old, new if is_whole else step)
        if step > dimension.high and new > old:
            return f"up to its bound {dimension.high:.4g}"
        if step < dimension.low and new < old:
            return f"down to its bound {dimension.low:.4g}"
    return _difference(old, new)


def _factor(old: float, new: float) -> str:
    if old == 0 or not math.isfinite(new / old) or new / old <= 0:
        return _difference(old, new)
    ratio = new / old
    return f"÷ {1 / ratio:.3g}" if ratio < 1 else f"× {ratio:.3g}"


def _difference(old: float, new: float) -> str:
    return f"{'+' if new > old else '−'} {abs(new - old):.3g}"
