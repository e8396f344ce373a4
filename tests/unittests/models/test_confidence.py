"""The upper confidence bound, and where it is highest."""

from __future__ import annotations

import math

import numpy
import pytest

from orion_pbt.models import Belief, Kernel, bonus, highest_bound
from orion_pbt.models.confidence import upper_bound

KERNEL = Kernel(1.0, 0.3, 0.1, 0.05)
RNG = numpy.random.default_rng(3)
INPUTS = RNG.random((9, 3))
TIMES = numpy.repeat([1.0, 2.0, 3.0], 3)
VALUES = RNG.normal(size=9)
FIXED = numpy.array([0.8])


@pytest.fixture
def belief():
    return Belief(KERNEL, INPUTS, TIMES, VALUES)


@pytest.mark.parametrize(("rows", "beta"), [(200, 0.2 * math.log(80)), (3, 0.2 * math.log(1.2))])
def test_the_bonus_is_that_of_the_paper(rows, beta):
    assert bonus(rows) == pytest.approx(math.sqrt(beta))


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_the_bonus_is_never_negative(rows):
    assert bonus(rows) == 0


def test_the_bound_is_mean_plus_bonus_times_deviation(belief):
    certainty = belief.hallucinate(RNG.random((2, 3)), numpy.full(2, 4.0))
    free = numpy.array([0.2, 0.6])
    point, when = numpy.array([[0.8, 0.2, 0.6]]), numpy.array([4.0])
    expected = belief.mean(point, when)[0] + 0.5 * math.sqrt(certainty.variance(point, when)[0])
    assert upper_bound(free, FIXED, 4.0, belief, certainty, 0.5)[0] == pytest.approx(expected)


def test_the_gradient_is_that_of_small_differences(belief):
    certainty = belief.hallucinate(RNG.random((2, 3)), numpy.full(2, 4.0))
    free = numpy.array([0.2, 0.6])
    found = upper_bound(free, FIXED, 4.0, belief, certainty, 0.7)[1]
    for axis in range(2):
        step = 1e-6 * numpy.eye(2)[axis]
        above, below = (
            upper_bound(free + sign * step, FIXED, 4.0, belief, certainty, 0.7)[0]
            for sign in (1, -1)
        )
        assert found[axis] == pytest.approx((above - below) / 2e-6, rel=1e-4)


def test_finds_the_highest_point_of_a_fine_grid(belief):
    found = highest_bound(RNG.random((10, 2)), FIXED, 4.0, belief, belief)
    axis = numpy.linspace(0, 1, 60)
    grid = numpy.array([[0.8, x, y] for x in axis for y in axis])
    when = numpy.full(len(grid), 4.0)
    heights = belief.mean(grid, when) + bonus(9) * numpy.sqrt(belief.variance(grid, when))
    reached = upper_bound(found, FIXED, 4.0, belief, belief, bonus(9))[0]
    assert reached >= heights.max() - 1e-2
    assert ((found >= 0) & (found <= 1)).all()
