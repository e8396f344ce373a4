"""Fitting the kernel to what was observed, by its marginal likelihood."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy
from scipy import linalg, optimize

from orion_pbt.models.arrays import Array
from orion_pbt.models.gaussian_process import JITTER, Kernel, gaps, squared_distances

BOUNDS = (
    (math.log(1e-2), math.log(1e1)),
    (math.log(1e-2), math.log(1e1)),
    (0.0, 0.5),
    (math.log(1e-3), math.log(1e1)),
)
"""Of the logarithms of variance and width, the forgetting, and the logarithm of the noise. The
observations have variance 1 and the inputs lie in the unit cube."""

START = (0.0, 0.0, 0.1, math.log(0.1))
"""Where the optimiser starts: a smooth function, seen well, that drifts slowly."""

PATIENCE = {"maxiter": 20, "ftol": 1e-5}
"""When the optimiser stops: more steps change the kernel little."""


def fit(inputs: Array, times: Array, values: Array) -> Kernel:
    """Return the kernel under which the observations are most likely.

    With the noise, and the forgetting at most 0.5 (Parker-Holder et al. 2020, arXiv 2002.02518,
    appendix B).

    Parameters
    ----------
    inputs, times, values:
        The rows: (n, d), (n,) and (n,). The values have mean 0 and variance 1.
    """
    parts = (inputs, times, values)
    return _fit(inputs.shape, *(part.astype(float).tobytes() for part in parts))


@lru_cache(maxsize=8)
def _fit(shape: tuple[int, int], *parts: bytes) -> Kernel:
    # Kept, because all copies of one generation learn from the same rows.
    inputs, times, values = (numpy.frombuffer(part) for part in parts)
    inputs = inputs.reshape(shape)
    found = optimize.minimize(
        surprise,
        START,
        args=(squared_distances(inputs, inputs), gaps(times, times), values),
        jac=True,
        bounds=BOUNDS,
        method="L-BFGS-B",
        options=PATIENCE,
    )
    return as_kernel(found.x)


def as_kernel(theta: Array) -> Kernel:
    """Return the kernel of the optimiser's numbers; see `BOUNDS`."""
    variance, width, forgetting, noise = (float(number) for number in theta)
    return Kernel(math.exp(variance), math.exp(width), forgetting, math.exp(noise))


def surprise(theta: Array, squared: Array, gap: Array, values: Array) -> tuple[float, Array]:
    """Return minus the logarithm of the marginal likelihood, and its gradient.

    Rasmussen and Williams 2006, equations 5.8 and 5.9.

    Parameters
    ----------
    theta:
        The kernel; see `BOUNDS`.
    squared, gap:
        Squared distances and gaps in time of all pairs of rows.
    values:
        What was observed.
    """
    kernel = as_kernel(theta)
    signal = kernel.of(squared, gap)
    covariance = signal.copy()
    covariance[numpy.diag_indices_from(covariance)] += kernel.noise + JITTER * kernel.variance
    factor = linalg.cho_factor(covariance, lower=True)
    inverse = linalg.cho_solve(factor, numpy.eye(len(values)))
    weights = inverse @ values
    log_determinant = 2 * numpy.log(numpy.diag(factor[0])).sum()
    constant = len(values) * math.log(2 * math.pi)
    likely = -0.5 * (values @ weights + log_determinant + constant)
    slope = 0.5 * (numpy.outer(weights, weights) - inverse)
    along = slope * signal
    gradient = numpy.array(
        [
            along.sum(),  # the jitter is too small to matter
            (along * squared).sum() / kernel.width,
            -(along * gap).sum() / (2 * (1 - kernel.forgetting)),
            kernel.noise * numpy.trace(slope),
        ]
    )
    return float(-likely), -gradient
