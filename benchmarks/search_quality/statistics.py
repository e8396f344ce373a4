"""Averages that outliers do not spoil, and how sure they are.

Agarwal et al. 2021 (arXiv 2108.13264, section 4.3): the mean of the middle half of the runs, with a
bootstrap interval over runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

RESAMPLES = 5000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """An average and its interval.

    Parameters
    ----------
    value:
        The interquartile mean.
    low, high:
        Bounds of the 95 % bootstrap interval.
    """

    value: float
    low: float
    high: float


def interquartile_mean(values: numpy.ndarray) -> numpy.ndarray:
    """Return the mean of the middle half, along the last axis.

    Where a quarter is no whole number of values, those at its border count in part. To that end
    each value is taken four times.
    """
    count = values.shape[-1]
    ranked = numpy.repeat(numpy.sort(values, axis=-1), 4, axis=-1)
    return numpy.asarray(ranked[..., count : 3 * count].mean(axis=-1))


def estimate(values: Sequence[float], seed: int = 0) -> Estimate:
    """Return the interquartile mean of the runs, and its interval."""
    return _bootstrap(numpy.asarray(values, dtype=float), interquartile_mean, seed)


def estimate_difference(
    values: Sequence[float], others: Sequence[float], seed: int = 0
) -> Estimate:
    """Return by how much the interquartile mean is above that of other runs.

    Both have the same seeds in the same order, and are drawn together.
    """
    pairs = numpy.stack([numpy.asarray(values, float), numpy.asarray(others, float)], axis=-1)
    return _bootstrap(pairs, _difference, seed)


def _difference(pairs: numpy.ndarray) -> numpy.ndarray:
    return interquartile_mean(pairs[..., 0]) - interquartile_mean(pairs[..., 1])


def _bootstrap(
    runs: numpy.ndarray, statistic: Callable[[numpy.ndarray], numpy.ndarray], seed: int
) -> Estimate:
    rng = numpy.random.default_rng(seed)
    drawn = runs[rng.integers(len(runs), size=(RESAMPLES, len(runs)))]
    edge = 50 * (1 - CONFIDENCE)
    low, high = numpy.percentile(statistic(drawn), [edge, 100 - edge])
    return Estimate(float(statistic(runs)), float(low), float(high))
