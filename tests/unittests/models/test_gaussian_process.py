"""The Gaussian process says what its definition says."""

from __future__ import annotations

import math

import numpy
import pytest

from orion_pbt.models import Belief, Hallucination, Kernel
from orion_pbt.models.gaussian_process import JITTER

KERNEL = Kernel(variance=1.5, width=0.7, forgetting=0.2, noise=0.3)
INPUTS = numpy.array([[0.1, 0.2], [0.9, 0.4], [0.5, 0.5], [0.5, 0.5]])
TIMES = numpy.array([1.0, 1.0, 2.0, 4.0])
VALUES = numpy.array([0.5, -1.0, 0.7, 0.1])
ELSEWHERE = numpy.array([[0.3, 0.3], [0.5, 0.5]]), numpy.array([5.0, 5.0])


def by_definition(x, t, y, s):
    """Return the covariance of two points, from equation 6 of the paper."""
    distance = sum((a - b) ** 2 for a, b in zip(x, y))
    return 1.5 * math.exp(-distance / 0.7) * (1 - 0.2) ** (abs(t - s) / 2)


def table(inputs, times, others, other_times):
    return numpy.array(
        [
            [by_definition(x, t, y, s) for y, s in zip(others, other_times)]
            for x, t in zip(inputs, times)
        ]
    )


def test_the_kernel_is_that_of_the_paper():
    found = KERNEL.between(INPUTS, TIMES, *ELSEWHERE)
    assert found == pytest.approx(table(INPUTS, TIMES, *ELSEWHERE))
    assert found.shape == (4, 2)


def test_mean_and_variance_are_those_of_the_joint_normal_distribution():
    covariance = table(INPUTS, TIMES, INPUTS, TIMES) + (0.3 + 1.5 * JITTER) * numpy.eye(4)
    near = table(*ELSEWHERE, INPUTS, TIMES)
    belief = Belief(KERNEL, INPUTS, TIMES, VALUES)
    inverse = numpy.linalg.inv(covariance)
    assert belief.mean(*ELSEWHERE) == pytest.approx(near @ inverse @ VALUES)
    expected = 1.5 - numpy.diag(near @ inverse @ near.T)
    assert belief.variance(*ELSEWHERE) == pytest.approx(expected)


def test_what_is_still_to_come_lowers_the_variance_and_leaves_the_mean():
    belief = Belief(KERNEL, INPUTS, TIMES, VALUES)
    certainty = belief.hallucinate(numpy.array([[0.3, 0.3]]), numpy.array([5.0]))
    known = numpy.vstack([INPUTS, [[0.3, 0.3]]]), numpy.append(TIMES, 5.0)
    assert certainty.variance(*ELSEWHERE) == pytest.approx(
        Hallucination(KERNEL, *known).variance(*ELSEWHERE)
    )
    assert (certainty.variance(*ELSEWHERE) < belief.variance(*ELSEWHERE)).all()
    assert certainty.variance(*ELSEWHERE)[0] < 0.3


def test_the_past_is_forgotten():
    belief = Belief(Kernel(1.0, 1.0, 0.5, 1e-3), INPUTS[:1], TIMES[:1], numpy.array([1.0]))
    means = [belief.mean(INPUTS[:1], numpy.array([t]))[0] for t in (1.0, 3.0, 11.0)]
    assert means == pytest.approx([1.0, 0.5, 0.5**5], rel=2e-3)


def test_equal_rows_without_noise_can_be_handled():
    twice = numpy.repeat(INPUTS[:1], 3, axis=0), numpy.repeat(TIMES[:1], 3)
    belief = Belief(Kernel(noise=0.0), *twice, numpy.full(3, 0.5))
    assert belief.mean(INPUTS[:1], TIMES[:1])[0] == pytest.approx(0.5, abs=1e-6)
    assert belief.variance(INPUTS[:1], TIMES[:1])[0] == pytest.approx(0.0, abs=1e-6)
