"""Moving a value along the scale of its hyperparameter."""

from __future__ import annotations

import math

from orion_pbt.errors import ConfigurationError, bad_setting
from orion_pbt.space import Categorical, Dimension, Integer, Real, Value

SCALES = ("auto", "linear", "log", "logit")
"""``auto``: log where the prior is. ``logit``: the logarithm of the odds x / (1 − x)."""

EDGE = 0.001
"""How far from 0 or 1, where the odds are 0 or infinite, a number there is taken to be."""

FARTHEST = 1e6
"""How many intervals a number moves at most: without bounds it would overflow in the end."""


def is_ordered(dimension: Dimension) -> bool:
    """Whether the values of a dimension lie on a scale: numbers, and categories among numbers."""
    return not isinstance(dimension, Categorical) or dimension.is_ordinal


def place(dimension: Dimension, element: Value, scale: str = "auto") -> float:
    """Return where an element lies, in units of the interval; only differences have a meaning.

    One that is outside the bounds lies at the next one, as `moved` starts from there.

    Parameters
    ----------
    dimension:
        A dimension for which `is_ordered` holds.
    element:
        One number.
    scale:
        One of `SCALES`; categories are always evenly spaced.
    """
    if isinstance(dimension, Categorical):
        return rung(dimension, element) / (len(dimension.choices) - 1)
    assert isinstance(dimension, (Real, Integer))
    return _to_scale(dimension, dimension.clip(element), scale) / _width(dimension, scale)


def moved(dimension: Dimension, element: Value, step: float, scale: str = "auto") -> Value:
    """Return what lies a step, in units of the interval, from an element, inside the bounds.

    A whole number, or a category, moves by at least 1, unless the step is 0 or leads outside.
    """
    step = min(max(-FARTHEST, step), FARTHEST)
    if isinstance(dimension, Categorical):
        last = len(dimension.choices) - 1
        new = _whole(rung(dimension, element), step * last)
        return ladder(dimension)[min(max(new, 0), last)]
    assert isinstance(dimension, (Real, Integer))
    start = _to_scale(dimension, dimension.clip(element), scale)
    number = _from_scale(dimension, start + step * _width(dimension, scale), scale)
    if isinstance(dimension, Integer):
        return dimension.tidy(_whole(element, dimension.clip(number) - element))
    return dimension.tidy(number)


def ladder(dimension: Categorical) -> list[Value]:
    """Return choices that are numbers, in their order."""
    return sorted(dimension.choices)


def rung(dimension: Categorical, element: Value) -> int:
    """Return the place of an element, or of the nearest choice, among the choices in order."""
    steps = ladder(dimension)
    for place, choice in enumerate(steps):
        if type(choice) is type(element) and choice == element:  # 1, 1.0 and True are equal
            return place
    return min(range(len(steps)), key=lambda place: abs(steps[place] - element))


def log_odds(number: float) -> float:
    """Return the logarithm of the odds of a number from 0 to 1."""
    inner = EDGE if number <= 0 else 1 - EDGE if number >= 1 else number
    return math.log(inner) - math.log1p(-inner)


def from_log_odds(logarithm: float) -> float:
    """Return the number with these odds."""
    if logarithm < 0:
        return math.exp(logarithm) / (1 + math.exp(logarithm))
    return 1 / (1 + math.exp(-logarithm))


def check_odds(setting: str, scale: str, dimension: Dimension) -> None:
    """Raise where numbers of a dimension have no odds."""
    if isinstance(dimension, Categorical):
        return
    if not (isinstance(dimension, Real) and dimension.low >= 0 and dimension.high <= 1):
        raise _unfit(setting, scale, f"{dimension.name} is no real number from 0 to 1")


def check_scale(setting: str, scale: str, dimension: Dimension) -> None:
    """Raise where a dimension has no such scale.

    Raises
    ------
    ConfigurationError
        Naming the setting, its value, the dimension and the remedy.
    """
    if scale == "logit":
        check_odds(setting, scale, dimension)
    if scale == "log" and isinstance(dimension, (Real, Integer)) and not dimension.low > 0:
        raise _unfit(setting, scale, f"{dimension.name} may be {dimension.low:g}")
    if scale == "log" and isinstance(dimension, (Real, Integer)) and dimension.high == math.inf:
        raise _unfit(setting, scale, f"{dimension.name} has no upper bound")


def _unfit(setting: str, scale: str, rule: str) -> ConfigurationError:
    return bad_setting(setting, scale, rule, "Give it an operator of its own with by_name.")


def _is_log(dimension: Real | Integer, scale: str) -> bool:
    return scale == "log" or (scale == "auto" and dimension.log)


def _to_scale(dimension: Real | Integer, element: float, scale: str) -> float:
    if scale == "logit":
        return log_odds(element)
    return math.log(element) if _is_log(dimension, scale) else float(element)


def _from_scale(dimension: Real | Integer, position: float, scale: str) -> float:
    if scale == "logit":
        return from_log_odds(position)
    if _is_log(dimension, scale):
        return math.exp(min(position, math.log(dimension.high)))  # which cannot overflow
    return position


def _width(dimension: Real | Integer, scale: str) -> float:
    if scale == "logit" or _is_log(dimension, scale):
        low, high = (_to_scale(dimension, end, scale) for end in (dimension.low, dimension.high))
        return abs(high - low) or 1.0  # 0, or below it, in an interval narrower than the edge
    return dimension.width


def _whole(element: int, step: float) -> int:
    if step == 0:
        return element
    return round(element + step) if round(abs(step)) else element + (1 if step > 0 else -1)
