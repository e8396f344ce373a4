"""Optimism: where the function may be highest, as far as one knows."""

from __future__ import annotations

import math

import numpy
from scipy import optimize

from orion_pbt.models.arrays import Array
from orion_pbt.models.gaussian_process import Belief, Hallucination

C1, C2 = 0.2, 0.4
"""Of Parker-Holder et al. 2020 (arXiv 2002.02518, appendix B)."""

PATIENCE = {"maxiter": 15, "ftol": 1e-4}
"""When the optimiser stops: more steps move the point by less than a perturbation would."""


def bonus(rows: int) -> float:
    """Return how many standard deviations are added to the mean: √β, β = c1·log(c2·rows) ≥ 0."""
    return math.sqrt(max(C1 * math.log(C2 * rows), 0.0)) if rows > 0 else 0.0


def upper_bound(
    free: Array, fixed: Array, time: float, belief: Belief, certainty: Hallucination, weight: float
) -> tuple[float, Array]:
    """Return mean + weight · standard deviation at one input, and its gradient.

    Parameters
    ----------
    free, fixed:
        The last coordinates of the input, that the gradient is taken of, and those before.
    time:
        When.
    belief:
        The mean is its.
    certainty:
        The standard deviation is its; it knows the rows that are still to be observed too.
    weight:
        See `bonus`.
    """
    point, when = numpy.concatenate([fixed, free])[None, :], numpy.array([time])
    near = certainty.covariance(point, when)[0]
    solved = certainty.solve(near)
    known = len(belief.weights)  # belief's rows come first in certainty
    mean = near[:known] @ belief.weights
    deviation = math.sqrt(max(certainty.kernel.variance - near @ solved, 1e-12))
    # d near_i / dx = −2 (x − x_i) / width · near_i
    steps = (free - certainty.inputs[:, len(fixed) :]) * (-2 / certainty.kernel.width)
    slopes = steps * near[:, None]
    gradient = slopes[:known].T @ belief.weights
    gradient = gradient - weight * (slopes.T @ solved) / deviation
    return float(mean + weight * deviation), gradient


def highest_bound(
    starts: Array, fixed: Array, time: float, belief: Belief, certainty: Hallucination
) -> Array:
    """Return the coordinates with the highest upper confidence bound.

    Parameters
    ----------
    starts:
        Points of the unit cube, (restarts, d), from each of which L-BFGS-B climbs.
    fixed, time, belief, certainty:
        See `upper_bound`.
    """
    weight = bonus(len(belief.weights))

    def fall(free: Array) -> tuple[float, Array]:
        value, gradient = upper_bound(free, fixed, time, belief, certainty, weight)
        return -value, -gradient

    box = [(0.0, 1.0)] * starts.shape[1]
    found = [
        optimize.minimize(fall, start, jac=True, bounds=box, method="L-BFGS-B", options=PATIENCE)
        for start in starts
    ]
    best: Array = min(found, key=lambda result: float(result.fun)).x
    return best
