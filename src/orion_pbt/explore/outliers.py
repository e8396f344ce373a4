"""Scores as models want them: of a size that can be computed with, and without outliers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

if TYPE_CHECKING:
    from orion_pbt.models.arrays import Array

FENCE = 3.0
"""Widths of the middle half of the values, beyond which a value is an outlier."""


@dataclass(frozen=True)
class Fences:
    """The fences of a box plot. An outlier counts as if it were at the fence.

    A trial that diverged would hide all differences between the others.

    Parameters
    ----------
    low, high:
        The fences, in units of `unit`.
    unit:
        The largest of the absolute values, so that nothing overflows.
    """

    low: float
    high: float
    unit: float

    @classmethod
    def around(cls, values: Array) -> Fences:
        """Return the fences of finite values, at least one."""
        unit = float(numpy.abs(values).max()) or 1.0
        scaled = values / unit
        first, third = (float(quantile) for quantile in numpy.quantile(scaled, [0.25, 0.75]))
        margin = FENCE * (third - first)
        low, high = float(scaled.min()), float(scaled.max())
        if margin > 0:
            low, high = max(low, first - margin), min(high, third + margin)
        return cls(low, high, unit)

    def place(self, value: float) -> float:
        """Return where a value is between the lower fence, 0, and the upper one, 1."""
        width = self.high - self.low
        return (self._clip(value / self.unit) - self.low) / width if width > 0 else 0.5

    def _clip(self, scaled: float) -> float:
        return min(max(scaled, self.low), self.high)


def standardised(values: Array) -> Array:
    """Return values with mean 0 and variance 1, outliers moved to the fences."""
    fences = Fences.around(values)
    placed = numpy.array([fences.place(float(value)) for value in values])
    centred: Array = placed - placed.mean()
    deviation = float(centred.std())
    return centred / deviation if deviation > 0 else centred
