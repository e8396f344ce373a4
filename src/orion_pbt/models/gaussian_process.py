"""A Gaussian process over inputs and time: what is believed about a function that drifts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy
from scipy import linalg

from orion_pbt.models.arrays import Array

JITTER = 1e-8
"""Added to the diagonal, as a share of the variance, so that equal rows leave it invertible."""


@dataclass(frozen=True)
class Kernel:
    """Squared exponential in the inputs, forgetting with time.

    Equation 6 of Parker-Holder et al. 2020 (arXiv 2002.02518), after Bogunovic et al. 2016:
    ``variance · exp(−‖x − x'‖² / width) · (1 − forgetting)^(|t − t'| / 2)``.

    Parameters
    ----------
    variance:
        Of the function, above 0.
    width:
        Squared distance over which the function changes, above 0.
    forgetting:
        From 0 (nothing ever changes) to below 1: the share that a unit of time takes away from
        the squared correlation.
    noise:
        Variance of what is observed around the function, at least 0.
    """

    variance: float = 1.0
    width: float = 1.0
    forgetting: float = 0.1
    noise: float = 0.1

    def between(self, inputs: Array, times: Array, others: Array, other_times: Array) -> Array:
        """Return the covariances of (n, d) inputs with (m, d) others, of shape (n, m)."""
        return self.of(squared_distances(inputs, others), gaps(times, other_times))

    def of(self, squared: Array, gap: Array) -> Array:
        """Return the covariances at squared distances and at gaps in time."""
        fading = math.log1p(-self.forgetting) / 2  # one exponential of a matrix instead of two
        return self.variance * numpy.exp(gap * fading - squared / self.width)


class Hallucination:
    """How sure one is of the function's values, given where it was observed, or will be.

    It does not depend on what is observed. So rows whose result is still to come may be among
    them (Desautels et al. 2014, hallucinated observations).

    Parameters
    ----------
    kernel:
        The prior.
    inputs, times:
        Where it was observed: (n, d) and (n,).
    """

    def __init__(self, kernel: Kernel, inputs: Array, times: Array) -> None:
        self.kernel = kernel
        self.inputs = inputs
        self.times = times
        covariance = kernel.between(inputs, times, inputs, times)
        diagonal = kernel.noise + JITTER * kernel.variance
        covariance[numpy.diag_indices_from(covariance)] += diagonal
        self._factor = linalg.cho_factor(covariance, lower=True)

    def solve(self, right: Array) -> Array:
        """Return the product of the inverse of the observations' covariance with something."""
        solution: Array = linalg.cho_solve(self._factor, right)
        return solution

    def covariance(self, inputs: Array, times: Array) -> Array:
        """Return the covariances of other inputs with the rows."""
        return self.kernel.between(inputs, times, self.inputs, self.times)

    def variance(self, inputs: Array, times: Array) -> Array:
        """Return the variance of the function, without the noise, at inputs."""
        near = self.covariance(inputs, times)
        left: Array = self.kernel.variance - numpy.einsum("ij,ji->i", near, self.solve(near.T))
        return numpy.maximum(left, 0.0)


class Belief(Hallucination):
    """What is believed of the function, given what was observed.

    Parameters
    ----------
    kernel, inputs, times:
        See `Hallucination`.
    values:
        What was observed, (n,), with a mean near 0.
    """

    def __init__(self, kernel: Kernel, inputs: Array, times: Array, values: Array) -> None:
        super().__init__(kernel, inputs, times)
        self.weights = self.solve(values)

    def mean(self, inputs: Array, times: Array) -> Array:
        """Return the expected value of the function at inputs."""
        mean: Array = self.covariance(inputs, times) @ self.weights
        return mean

    def hallucinate(self, inputs: Array, times: Array) -> Hallucination:
        """Return how sure one will be once further rows were observed."""
        rows = numpy.concatenate([self.inputs, inputs]), numpy.concatenate([self.times, times])
        return Hallucination(self.kernel, *rows)


def squared_distances(inputs: Array, others: Array) -> Array:
    """Return ‖x − x'‖² for all pairs of rows."""
    differences = inputs[:, None, :] - others[None, :, :]
    distances: Array = numpy.einsum("ijk,ijk->ij", differences, differences)
    return distances


def gaps(times: Array, others: Array) -> Array:
    """Return |t − t'| for all pairs."""
    return numpy.abs(times[:, None] - others[None, :])
