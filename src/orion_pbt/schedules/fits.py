"""Formulas that come near to a schedule: constant, linear, exponential or cosine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy
from numpy.typing import NDArray

from orion_pbt.schedules.path import Stretch
from orion_pbt.space import Integer, Real

FORMS = ("constant", "linear", "exponential", "cosine")
"""From the simplest on: of two that are equally near the earlier one is taken."""
LEVELS = 64
"""Fidelities at which one stretch is compared with a formula, at most."""
DIGITS = 6
"""Significant digits of a formula's numbers."""

Array = NDArray[numpy.float64]


@dataclass(frozen=True)
class Fit:
    """A formula for one number along the training.

    With t, the share of the training from 0 to 1: a constant is `a`, a line ``a + b t``, an
    exponential ``a exp(b t)`` and a cosine, half a period of it, ``a + b (1 + cos(π t)) / 2``.

    Parameters
    ----------
    form:
        One of `FORMS`.
    a, b:
        Its numbers.
    end:
        The last fidelity.
    low, high:
        Bounds that it keeps to.
    whole:
        Whether it is rounded to a whole number.
    error:
        Root mean square, over the fidelity, of its difference from the schedule, as a share of the
        range of the schedule's values; both of logarithms if the hyperparameter's scale is
        logarithmic.
    """

    form: str
    a: float
    b: float
    end: int
    low: float = -math.inf
    high: float = math.inf
    whole: bool = False
    error: float = math.inf

    def __call__(self, fidelity: float) -> float:
        """Return the number at a fidelity."""
        number = min(max(self._free(fidelity / self.end), self.low), self.high)
        return round(number) if self.whole else number

    def expression(self, fidelity: str) -> str:
        """Return the formula in Python, with the name of the variable."""
        t = f"({fidelity} / {self.end})"
        told = {
            "constant": f"{self.a!r}",
            "linear": f"{self.a!r} + {self.b!r} * {t}",
            "exponential": f"{self.a!r} * math.exp({self.b!r} * {t})",
            "cosine": f"{self.a!r} + {self.b!r} * (1 + math.cos(math.pi * {t})) / 2",
        }[self.form].replace("+ -", "- ")
        ends = (self._free(0.0), self._free(1.0))  # in between it only rises, or only falls
        told = f"max({told}, {self.low!r})" if min(ends) < self.low else told
        told = f"min({told}, {self.high!r})" if max(ends) > self.high else told
        return f"round({told})" if self.whole else told

    def _free(self, t: float) -> float:
        if self.form == "exponential":
            return self.a * math.exp(self.b * t)
        if self.form == "cosine":
            return self.a + self.b * (1 + math.cos(math.pi * t)) / 2
        return self.a + self.b * t


def fit(
    stretches: Sequence[Stretch], values: Sequence[float], dimension: Real | Integer
) -> tuple[Fit, ...]:
    """Fit each form to the values of one number.

    By least squares on the scale of the hyperparameter, linear or logarithmic, weighted by how
    long each value was trained with. A form that is linear on the other scale is fitted there,
    weighted so that small differences count as they do on this one.

    Parameters
    ----------
    stretches:
        The schedule.
    values:
        The number in each stretch.
    dimension:
        The hyperparameter, for its bounds and its scale.

    Returns
    -------
    tuple of Fit
        The nearest one first. One form where the number never changed. Without forms that cannot
        have these values, as an exponential cannot become 0.
    """
    end = stretches[-1].end_fidelity
    blank = Fit("constant", values[0], 0.0, end, dimension.low, dimension.high, error=0.0)
    blank = replace(blank, whole=isinstance(dimension, Integer))
    if len(set(values)) == 1:
        return (blank,)
    levels, weights, numbers = _sampled(stretches, values)
    found = []
    for form in FORMS:
        numbers_of = _least_squares(form, levels / end, weights, numbers, dimension.log)
        if numbers_of is not None:
            made = replace(blank, form=form, a=_rounded(numbers_of[0]), b=_rounded(numbers_of[1]))
            error = _error(made, levels, weights, numbers, dimension.log)
            found += [replace(made, error=error)] if math.isfinite(error) else []
    return tuple(sorted(found, key=lambda made: (round(made.error, 9), FORMS.index(made.form))))


def _sampled(stretches: Sequence[Stretch], values: Sequence[float]) -> tuple[Array, Array, Array]:
    """Return fidelities, how much each counts, and the values there."""
    levels, weights, numbers = [], [], []
    for stretch, value in zip(stretches, values):
        length = stretch.end_fidelity - stretch.start_fidelity
        count = min(length, LEVELS)
        levels.append(stretch.start_fidelity + numpy.arange(1, count + 1) * (length / count))
        weights.append(numpy.full(count, length / count))
        numbers.append(numpy.full(count, float(value)))
    return numpy.concatenate(levels), numpy.concatenate(weights), numpy.concatenate(numbers)


def _least_squares(
    form: str, t: Array, weights: Array, numbers: Array, log: bool
) -> tuple[float, float] | None:
    """Return the two numbers of a form; None if it cannot have these values."""
    is_logarithmic = form == "exponential" or (form == "constant" and log)
    if not is_logarithmic:
        # To first order, a small relative difference is one of logarithms.
        scaled = weights / numbers**2 if log else weights
        return _solve(_curve(form, t), numbers, scaled)
    if numbers.min() <= 0 <= numbers.max():
        return None
    scaled = weights if log else weights * numbers**2
    curve = t if form == "exponential" else _curve(form, t)
    a, b = _solve(curve, numpy.log(numpy.abs(numbers)), scaled)
    return math.copysign(math.exp(a), numbers[0]), b


def _solve(curve: Array, target: Array, weights: Array) -> tuple[float, float]:
    root = numpy.sqrt(weights / weights.max())
    columns = numpy.stack([numpy.ones_like(curve), curve], axis=1)
    solution = numpy.linalg.lstsq(columns * root[:, None], target * root, rcond=None)[0]
    return float(solution[0]), float(solution[1])


def _curve(form: str, t: Array) -> Array:
    """Return what `b` is multiplied by."""
    if form == "constant":
        return 0.0 * t
    return t if form == "linear" else (1 + numpy.cos(numpy.pi * t)) / 2


def _error(made: Fit, levels: Array, weights: Array, numbers: Array, log: bool) -> float:
    found = numpy.array([made(level) for level in levels], dtype=float)
    if log:
        if found.min() <= 0:
            return math.inf
        found, numbers = numpy.log(found), numpy.log(numbers)
    square = float(numpy.average((found - numbers) ** 2, weights=weights))
    return math.sqrt(square) / float(numbers.max() - numbers.min())


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS - 1}e}")
