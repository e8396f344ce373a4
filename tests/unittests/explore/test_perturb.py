"""Tests of perturbation, with a scripted generator."""

from __future__ import annotations

import math

import numpy
import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.explore import PerturbExplore
from orion_pbt.space import Categorical, Integer, Real, Space
from orion_pbt.testing.strategies import make_fork

UP, DOWN = 0.1, 0.9
"""What `Generator.random` gives where a number is multiplied, or divided."""


class Scripted:
    """Stands in for a random generator: gives what was written down."""

    def __init__(self, *values):
        self.values = list(values)

    def random(self):
        return self.values.pop(0)

    def integers(self, count):
        value = self.values.pop(0)
        assert 0 <= value < count, f"{value} was to be drawn from {count}"
        return value

    def normal(self, loc, scale):
        return loc + scale * self.values.pop(0)

    def choice(self, count, p=None):
        assert p is None or len(p) == count
        return self.integers(count)


def perturb(dimension, element, *draws, **settings):
    """Return a perturbed value, after checking that all draws were used."""
    rng = Scripted(*draws)
    params = {dimension.name: element}
    new = PerturbExplore(**settings)(rng, Space([dimension]), params, make_fork(params))
    assert rng.values == []
    return new[dimension.name]


def real(low, high, **options):
    return Real("x", low=low, high=high, **options)


def integer(low, high, **options):
    return Integer("n", low=low, high=high, **options)


class TestReal:
    @pytest.mark.parametrize("log", [True, False])
    def test_a_factor_multiplies_a_learning_rate_whatever_its_scale(self, log):
        dimension = real(1e-6, 1, log=log, precision=4)
        assert perturb(dimension, 1e-4, UP, factor=1.2) == 1.2e-4
        assert perturb(dimension, 1e-4, DOWN, factor=1.2) == 8.333e-05

    def test_one_half_is_the_border_between_up_and_down(self):
        assert perturb(real(1, 9), 3.0, 0.4999, factor=2) == 6.0
        assert perturb(real(1, 9), 3.0, 0.5, factor=2) == 1.5

    def test_a_negative_number_keeps_its_sign(self):
        assert perturb(real(-9, -1), -3.0, UP, factor=2) == -6.0
        assert perturb(real(-9, 9), -3.0, DOWN, factor=2) == -1.5


class TestBounds:
    """Trap 3: bounds hold."""

    def test_a_step_outside_ends_near_the_bound(self):
        assert perturb(real(1, 9), 8.0, UP, 0.5, volatility=0.01) == 9 - 0.5 * 0.01 * 8
        assert perturb(real(1, 9), 1.1, DOWN, -0.5, volatility=0.01) == 1 + 0.5 * 0.01 * 8

    def test_near_is_a_share_of_the_interval_on_a_log_scale(self):
        dimension = real(1e-6, 1, log=True)
        assert perturb(dimension, 0.9, UP, 1.0, volatility=0.01) == pytest.approx(1e-6**0.01)
        low = perturb(dimension, 1.1e-6, DOWN, -1.0, volatility=0.01)
        assert low == pytest.approx(1e-6 * 1e6**0.01)

    def test_without_volatility_it_ends_at_the_bound(self):
        assert perturb(real(1, 9), 8.0, UP, volatility=0) == 9.0
        assert perturb(real(1e-6, 1, log=True), 1.1e-6, DOWN, volatility=0) == 1e-6

    def test_a_wild_volatility_stays_inside(self):
        assert perturb(real(1, 9), 8.0, UP, 5.0, volatility=10) == 1.0
        assert perturb(real(1e-6, 1, log=True), 0.9, UP, 5.0, volatility=10) == 1e-6

    def test_rounding_does_not_leave_them(self):
        dimension = real(0.1001, 0.1278, precision=2)
        assert perturb(dimension, 0.11, DOWN, 0.0, volatility=0.1) == 0.1001  # not 0.10
        assert perturb(dimension, 0.12, UP, 0.0, volatility=0.1) == 0.1278  # not 0.13

    def test_an_infinite_bound_is_never_reached(self):
        dimension = real(-math.inf, math.inf, prior=lambda rng: rng.normal(), spread=5.0)
        assert perturb(dimension, 1e6, UP, factor=2) == 2e6
        assert perturb(dimension, -1e6, UP, factor=2) == -2e6


class TestZero:
    """Trap 2: a factor cannot leave 0 nor change sign."""

    def test_zero_is_left_in_both_directions(self):
        assert perturb(real(-10, 10), 0.0, UP) == pytest.approx(0.4)
        assert perturb(real(-10, 10), 0.0, DOWN) == pytest.approx(-0.4)

    def test_the_sign_can_change(self):
        assert perturb(real(-10, 10), 0.3, DOWN) == pytest.approx(-0.1)
        assert perturb(real(-10, 10), -0.3, UP) == pytest.approx(0.1)

    def test_a_step_is_a_factor_where_that_is_more(self):
        assert perturb(real(0, 1), 0.09, UP) == pytest.approx(0.11)
        assert perturb(real(0, 1), 0.2, UP) == pytest.approx(0.24)
        assert perturb(real(0, 1), 0.2, DOWN) == pytest.approx(1 / 6)

    def test_zero_as_a_bound_is_left_inwards(self):
        assert perturb(real(0, 1), 0.0, UP) == pytest.approx(0.02)
        assert perturb(real(0, 1), 0.0, DOWN, 1.0, volatility=0.01) == pytest.approx(0.01)
        assert perturb(real(-1, 0), 0.0, DOWN) == pytest.approx(-0.02)

    def test_zero_is_left_with_infinite_bounds(self):
        dimension = real(-math.inf, math.inf, prior=lambda rng: rng.normal(), spread=5.0)
        assert perturb(dimension, 0.0, UP) == pytest.approx(0.02 * 5)

    def test_small_numbers_far_from_zero_bounds_keep_their_factor(self):
        assert perturb(real(1e-6, 1), 2e-6, UP, factor=2) == 4e-6

    def test_an_integer_leaves_zero(self):
        assert perturb(integer(-3, 3), 0, UP) == 1
        assert perturb(integer(-3, 3), 0, DOWN) == -1
        assert perturb(integer(-1000, 1000), 0, UP, factor=1.5) == 40
        assert perturb(integer(-9, 9), -1, UP) == 0


class TestInteger:
    """Trap 7: a whole number must not round back to itself."""

    @pytest.mark.parametrize("element", [1, 2, 3, 4])
    def test_changes_by_at_least_1(self, element):
        assert perturb(integer(-9, 9), element, UP, factor=1.1) == element + 1
        assert perturb(integer(-9, 9), element, DOWN, factor=1.1) == element - 1
        assert perturb(integer(-9, -1), -element - 1, UP, factor=1.1) == -element - 2

    def test_is_multiplied_where_that_is_more(self):
        assert perturb(integer(1, 999), 100, UP) == 120
        assert perturb(integer(1, 999), 100, DOWN) == 83
        assert perturb(integer(1, 999, log=True), 100, UP) == 120

    def test_stays_inside_the_bounds(self):
        assert perturb(integer(1.0, 8.0), 8, UP) == 8
        assert perturb(integer(1.0, 8.0), 7, UP, factor=2) == 8
        assert perturb(integer(1.0, 8.0), 1, DOWN) == 1

    def test_keeps_its_type(self):
        assert type(perturb(integer(1.0, 8.0), 4, UP)) is int
        assert type(perturb(integer(1.0, 8.0), 8, UP)) is int

    def test_infinite_bounds(self):
        dimension = integer(-math.inf, math.inf, prior=lambda rng: rng.normal(), spread=10.0)
        assert perturb(dimension, 0, DOWN) == -1
        assert perturb(dimension, 50, UP) == 60


class TestOrdinal:
    """Trap 7: an ordinal is not continuous."""

    BATCH = Categorical("batch", choices=(64, 16, 128, 32))

    @pytest.mark.parametrize(
        ("element", "draw", "expected"),
        [(16, 0, 32), (32, 0, 16), (32, 1, 64), (64, 0, 32), (64, 1, 128), (128, 0, 64)],
    )
    def test_moves_to_a_neighbour(self, element, draw, expected):
        assert perturb(self.BATCH, element, draw) == expected

    def test_outside_of_a_narrower_range_it_moves_to_the_nearest_choice(self):
        assert perturb(self.BATCH, 512) == 128
        assert perturb(self.BATCH, 1) == 16

    def test_has_one_neighbour_at_each_end(self):
        for end in (16, 128):
            with pytest.raises(AssertionError, match="1 was to be drawn from 1"):
                perturb(self.BATCH, end, 1)

    def test_choices_of_mixed_types_keep_them(self):
        dimension = Categorical("c", choices=(0.5, 1, 2.0))
        assert [type(perturb(dimension, 1, draw)) for draw in (0, 1)] == [float, float]
        assert type(perturb(dimension, 0.5, 0)) is int

    def test_equal_choices_of_two_types_do_not_hold_it_for_ever(self):
        dimension = Categorical("c", choices=(1, 1.0, 2))
        assert [perturb(dimension, 1.0, draw) for draw in (0, 1)] == [1, 2]


class TestCategory:
    @pytest.mark.parametrize(
        "choices", [("a", "b"), (None, "a"), ((1, 2), (3,)), ([1], [2]), (True, False), ({}, "a")]
    )
    def test_is_drawn_anew(self, choices):
        dimension = Categorical("c", choices=choices)
        for element in choices:
            assert perturb(dimension, element, 0) is choices[0]
            assert perturb(dimension, element, 1) is choices[1]

    def test_is_drawn_with_its_prior_probabilities(self):
        dimension = Categorical("c", choices=("a", "b"), probabilities=(0, 1))
        rng = numpy.random.default_rng(0)
        for _ in range(20):
            params = {"c": "a"}
            new = PerturbExplore()(rng, Space([dimension]), params, make_fork(params))
            assert new == {"c": "b"}

    def test_the_only_choice_stays(self):
        assert perturb(Categorical("c", choices=(7,)), 7, 0) == 7


class TestOdds:
    def test_the_factor_multiplies_the_odds(self):
        momentum = real(0, 1)
        assert perturb(momentum, 0.5, UP, factor=3, scale="odds") == pytest.approx(0.75)
        assert perturb(momentum, 0.99, UP, factor=2, scale="odds") == pytest.approx(198 / 199)
        assert perturb(momentum, 0.99, DOWN, factor=2, scale="odds") == pytest.approx(99 / 101)
        assert perturb(momentum, 1e-9, UP, factor=2, scale="odds") == pytest.approx(2e-9)

    def test_0_and_1_are_left(self):
        for end, away in ((0.0, 0.001), (1.0, 0.999)):
            for draw in (UP, DOWN):
                assert perturb(real(0, 1), end, draw, scale="odds") == pytest.approx(away, abs=3e-4)
                assert perturb(real(0, 1), end, draw, scale="odds") not in (0.0, 1.0)

    def test_bounds_hold(self):
        assert perturb(real(0, 0.9), 0.9, UP, volatility=0, scale="odds") == 0.9
        assert perturb(real(0.5, 1), 0.5, DOWN, 1.0, volatility=0.01, scale="odds") == 0.505

    @pytest.mark.parametrize(
        "dimension", [real(0, 1.5), real(-0.1, 1), integer(0, 1)], ids=["above", "below", "whole"]
    )
    def test_what_has_no_odds_is_named(self, dimension):
        operator = PerturbExplore(scale="odds")
        with pytest.raises(ConfigurationError, match=f"'odds', but {dimension.name} is no real"):
            operator.check(Space([dimension]))
        PerturbExplore().check(Space([dimension]))
        operator.check(Space([real(0, 1), Categorical("c", choices=("a", "b"))]))


class TestSpaces:
    def test_each_element_of_a_shape_is_perturbed_by_itself(self):
        dimension = Real("x", shape=(2, 2), low=1, high=100)
        new = perturb(dimension, [[10.0, 20.0], [30.0, 40.0]], UP, DOWN, DOWN, UP, factor=2)
        assert new == [[20.0, 10.0], [15.0, 80.0]]

    def test_shaped_categories_that_are_lists(self):
        dimension = Categorical("c", shape=(2,), choices=([1], [2]))
        assert perturb(dimension, [[1], [1]], 0, 1) == [[1], [2]]

    def test_all_dimensions_are_perturbed_in_their_order(self):
        space = Space([Real("/a.lr", low=1, high=9), Integer("/a.n", low=1, high=9)])
        params = {"/a.n": 4, "/a.lr": 2.0}
        new = PerturbExplore(factor=2)(Scripted(UP, DOWN), space, params, make_fork(params))
        assert new == {"/a.lr": 4.0, "/a.n": 2}
        assert params == {"/a.n": 4, "/a.lr": 2.0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"factor": 1}, "factor is 1, but it must be above 0 and not 1"),
        ({"factor": -1.2}, "factor is -1.2"),
        ({"factor": math.nan}, "factor is nan"),
        ({"factor": math.inf}, "factor is inf"),
        ({"factor": "1.2"}, "factor is '1.2'"),
        ({"volatility": -0.1}, "volatility is -0.1, but it must be at least 0"),
        ({"volatility": math.nan}, "volatility is nan"),
        ({"scale": "logit"}, "scale is 'logit', but it is 'value' or 'odds'"),
    ],
)
def test_impossible_settings_are_named(settings, message):
    with pytest.raises(ConfigurationError, match=f"PerturbExplore.{message}"):
        PerturbExplore(**settings)


@pytest.mark.slow
def test_up_is_as_frequent_as_down():
    space = Space([Real("x", low=1e-6, high=1, log=True)])
    rngs = [numpy.random.default_rng(seed) for seed in range(4000)]
    fork = make_fork({"x": 0.01})
    ups = sum(PerturbExplore()(rng, space, {"x": 0.01}, fork)["x"] > 0.01 for rng in rngs)
    assert abs(ups - 2000) < 130  # four standard deviations
