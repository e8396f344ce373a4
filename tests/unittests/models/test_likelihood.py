"""The kernel is fitted to the marginal likelihood."""

from __future__ import annotations

import math

import numpy
import pytest

from orion_pbt.models import Kernel, fit
from orion_pbt.models.gaussian_process import gaps, squared_distances
from orion_pbt.models.likelihood import BOUNDS, as_kernel, surprise

RNG = numpy.random.default_rng(0)
INPUTS = RNG.random((12, 2))
TIMES = numpy.repeat(numpy.arange(3.0), 4)
VALUES = RNG.normal(size=12)
THETA = numpy.array([math.log(1.5), math.log(0.4), 0.2, math.log(0.3)])
PAIRS = squared_distances(INPUTS, INPUTS), gaps(TIMES, TIMES)


def test_it_is_the_density_of_the_normal_distribution():
    kernel = as_kernel(THETA)
    assert kernel == Kernel(*(pytest.approx(number) for number in (1.5, 0.4, 0.2, 0.3)))
    covariance = kernel.between(INPUTS, TIMES, INPUTS, TIMES) + 0.3 * numpy.eye(12)
    sign, log_determinant = numpy.linalg.slogdet(2 * math.pi * covariance)
    density = -0.5 * VALUES @ numpy.linalg.solve(covariance, VALUES) - 0.5 * log_determinant
    assert sign == 1
    assert surprise(THETA, *PAIRS, VALUES)[0] == pytest.approx(-density, rel=1e-6)


def test_the_gradient_is_that_of_small_differences():
    for axis in range(4):
        step = 1e-6 * numpy.eye(4)[axis]
        above, below = (surprise(THETA + sign * step, *PAIRS, VALUES)[0] for sign in (1, -1))
        slope = (above - below) / 2e-6
        assert surprise(THETA, *PAIRS, VALUES)[1][axis] == pytest.approx(slope, rel=1e-4)


def drawn(kernel, seed, rows=150):
    """Return inputs, times and noisy values of a function drawn from a Gaussian process."""
    rng = numpy.random.default_rng(seed)
    inputs, times = rng.random((rows, 1)), numpy.sort(rng.integers(0, 15, rows)).astype(float)
    covariance = kernel.between(inputs, times, inputs, times)
    values = rng.multivariate_normal(numpy.zeros(rows), covariance + 1e-9 * numpy.eye(rows))
    return inputs, times, values + math.sqrt(kernel.noise) * rng.normal(size=rows)


def test_finds_the_noise_and_the_drift_of_what_it_is_shown():
    still = fit(*drawn(Kernel(1.0, 0.1, 0.0, 0.01), 1))
    noisy = fit(*drawn(Kernel(1.0, 0.1, 0.0, 0.5), 1))
    drifting = fit(*drawn(Kernel(1.0, 0.1, 0.4, 0.01), 1))
    assert still.noise == pytest.approx(0.01, rel=0.5)
    assert noisy.noise == pytest.approx(0.5, rel=0.5)
    assert still.forgetting < 0.02 < 0.2 < drifting.forgetting <= 0.5


def test_no_kernel_is_more_likely_nearby():
    rows = drawn(Kernel(1.0, 0.2, 0.1, 0.1), 2)
    pairs = squared_distances(rows[0], rows[0]), gaps(rows[1], rows[1])
    found = fit(*rows)
    best = numpy.array(
        [math.log(found.variance), math.log(found.width), found.forgetting, math.log(found.noise)]
    )
    least = surprise(best, *pairs, rows[2])[0]
    for axis, (low, high) in enumerate(BOUNDS):
        for step in (0.3, -0.3):
            other = best.copy()
            other[axis] = min(max(best[axis] + step, low), high)
            assert surprise(other, *pairs, rows[2])[0] >= least - 0.05


def test_what_never_changes_is_fitted_too():
    kernel = fit(INPUTS, TIMES, numpy.zeros(12))
    assert 0 < kernel.variance < 0.1
    assert kernel.noise > 0
