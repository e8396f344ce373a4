"""Skill and luck of members whose score in the run was what they were chosen for.

Who is chosen for the best of many noisy scores was, on average, lucky. Fresh evaluations were not
selected, so their mean is an unbiased estimate of what a member is worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class Finalist:
    """A member that was evaluated again.

    Parameters
    ----------
    key:
        Its id.
    selected:
        The score that it was chosen for.
    evaluations:
        Its fresh scores, at least one.
    """

    key: str
    selected: float
    evaluations: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean of the fresh scores."""
        return float(numpy.mean(self.evaluations))

    @property
    def error(self) -> float | None:
        """The standard error of the mean, None with one evaluation."""
        if len(self.evaluations) < 2:
            return None
        return float(numpy.std(self.evaluations, ddof=1) / math.sqrt(len(self.evaluations)))


@dataclass(frozen=True)
class Standings:
    """Finalists by what they are worth.

    Parameters
    ----------
    finalists:
        In the order of the scores they were chosen for.
    maximised:
        Whether a larger score is better.
    """

    finalists: tuple[Finalist, ...]
    maximised: bool = False

    @property
    def ranked(self) -> tuple[Finalist, ...]:
        """The finalists by their mean, the best first; NaN comes last."""
        sign = -1 if self.maximised else 1
        return tuple(
            sorted(self.finalists, key=lambda f: (math.isnan(f.mean), sign * f.mean, f.key))
        )

    def luck(self, finalist: Finalist) -> float:
        """Return how much better the score was that a finalist was chosen for than its mean."""
        gap = finalist.mean - finalist.selected
        return -gap if self.maximised else gap

    @property
    def skill_share(self) -> float | None:
        """Share of the means' variance that is not noise; None where it cannot be told.

        The variance of the means less what the noise of the evaluations adds to it (their mean
        squared standard error), as in a one-way analysis of variance with random effects.
        """
        errors = [finalist.error for finalist in self.finalists]
        if len(self.finalists) < 2 or any(error is None for error in errors):
            return None
        spread = float(numpy.var([finalist.mean for finalist in self.finalists], ddof=1))
        if not math.isfinite(spread) or spread == 0:
            return None
        noise = float(numpy.mean([error**2 for error in errors if error is not None]))
        return max(0.0, 1 - noise / spread)
