"""Tests of additive steps, with a scripted generator, and of the scales that they go along."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_pbt.errors import ConfigurationError
from orion_pbt.explore import AdditiveExplore, scales
from orion_pbt.space import Categorical, Integer, Real, Space
from orion_pbt.testing.strategies import make_fork


class Scripted:
    """Stands in for a random generator: gives the steps that were written down, in deviations."""

    def __init__(self, *steps):
        self.steps = list(steps)

    def normal(self, loc, scale):
        return loc + scale * self.steps.pop(0)

    def choice(self, count, p=None):
        return self.steps.pop(0)


def add(dimension, element, *steps, **settings):
    """Return a moved value, after checking that all steps were used."""
    rng = Scripted(*steps)
    params = {dimension.name: element}
    new = AdditiveExplore(**settings)(rng, Space([dimension]), params, make_fork(params))
    assert rng.steps == []
    return new[dimension.name]


def real(low, high, **options):
    return Real("x", low=low, high=high, **options)


class TestNumbers:
    def test_a_step_is_a_share_of_the_interval(self):
        assert add(real(-10, 10), 2.0, 1) == pytest.approx(4)
        assert add(real(-10, 10), 2.0, -2, deviation=0.2) == pytest.approx(-6)
        assert add(real(0, 1), 0.0, 0.5) == pytest.approx(0.05)

    def test_on_the_log_scale_where_the_prior_is(self):
        assert add(real(1e-4, 1, log=True), 1e-2, 1) == pytest.approx(10**-1.6)
        assert add(real(1e-4, 1), 1e-2, 1, scale="log") == pytest.approx(10**-1.6)
        assert add(real(1e-4, 1, log=True), 1e-2, 1, scale="linear") == pytest.approx(0.10999)

    def test_on_the_logit_scale(self):
        width = 2 * math.log(99)
        assert add(real(0.01, 0.99), 0.5, 1, scale="logit") == pytest.approx(
            1 / (1 + math.exp(-0.1 * width))
        )
        assert add(real(0, 1), 0.9999, -0.01, scale="logit") > 0.999

    def test_bounds_hold(self):
        assert add(real(0, 1), 0.9, 5) == 1.0
        assert add(real(1e-4, 1, log=True), 0.5, 1e6) == 1.0
        assert add(real(1e-4, 1, log=True), 0.5, -1e6) == 1e-4

    def test_without_bounds_a_step_is_a_share_of_the_width_of_the_prior(self):
        dimension = real(-math.inf, math.inf, prior=lambda rng: rng.normal(), spread=5.0)
        assert add(dimension, 1.0, 1) == pytest.approx(1.5)

    def test_whole_numbers_move_by_at_least_1(self):
        assert add(Integer("n", low=0, high=100), 50, 1.23) == 62
        assert add(Integer("n", low=0, high=9), 5, 0.01) == 6
        assert add(Integer("n", low=0, high=9), 5, -0.01) == 4
        assert add(Integer("n", low=0, high=9), 9, 0.01) == 9
        assert add(Integer("n", low=1, high=1024, log=True), 32, 1) == 64
        assert type(add(Integer("n", low=0.0, high=9.0), 5, 0.01)) is int

    def test_the_precision_is_kept(self):
        assert add(real(0, 1, precision=2), 0.123, 1) == 0.22

    def test_from_outside_of_a_narrower_range(self):
        assert add(real(0, 1), 7.0, -1) == pytest.approx(0.9)
        assert add(Integer("n", low=0, high=10), 20, 1) == 10

    def test_each_element_of_a_shape_by_itself(self):
        new = add(Real("x", shape=(2,), low=0, high=1), [0.5, 0.5], 1, -1)
        assert new == pytest.approx([0.6, 0.4])


class TestCategories:
    BATCH = Categorical("batch", choices=(64, 16, 128, 32))

    def test_numbers_move_along_their_order(self):
        assert add(self.BATCH, 32, 0.01) == 64
        assert add(self.BATCH, 32, -0.01) == 16
        assert add(self.BATCH, 16, 5) == 64  # half of the way
        assert add(self.BATCH, 128, 1) == 128
        assert add(self.BATCH, 500, -0.01) == 64  # from the nearest one

    def test_others_are_drawn_anew(self):
        assert add(Categorical("c", choices=("a", None)), "a", 1) is None


@given(
    low=st.floats(-1e3, 1e3),
    width=st.floats(1e-3, 1e3),
    share=st.floats(0, 1),
    step=st.floats(-2, 2),
)
def test_places_and_moves_agree(low, width, share, step):
    dimension = real(low, low + width)
    start = dimension.tidy(low + share * width)
    end = scales.moved(dimension, start, step)
    gone = scales.place(dimension, end) - scales.place(dimension, start)
    tolerance = 1e-9 * (1 + abs(low) / width)
    if dimension.low < end < dimension.high:
        assert gone == pytest.approx(step, abs=tolerance)
    else:
        assert abs(gone) <= abs(step) + tolerance


@given(st.floats(0, 1))
def test_odds_and_back(number):
    back = scales.from_log_odds(scales.log_odds(number))
    expected = min(max(number, 0.001), 0.999) if number in (0, 1) else number
    assert back == pytest.approx(expected, rel=1e-9)


class TestRefused:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"deviation": 0}, "deviation is 0, but it must be above 0"),
            ({"deviation": math.nan}, "deviation is nan"),
            ({"deviation": "0.1"}, "deviation is '0.1'"),
            ({"scale": "odds"}, "scale is 'odds', but it is one of auto, linear, log, logit"),
        ],
    )
    def test_impossible_settings_are_named(self, options, message):
        with pytest.raises(ConfigurationError, match=f"AdditiveExplore.{message}"):
            AdditiveExplore(**options)

    @pytest.mark.parametrize(
        ("scale", "dimension", "message"),
        [
            ("log", real(0, 1), "scale is 'log', but x may be 0. Give it an operator of its own"),
            ("log", real(1, math.inf, prior=lambda rng: 1.0), "x has no upper bound"),
            ("logit", real(0, 2), "scale is 'logit', but x is no real number from 0 to 1"),
            ("logit", Integer("n", low=0, high=1), "n is no real number from 0 to 1"),
        ],
    )
    def test_what_has_no_such_scale_is_named(self, scale, dimension, message):
        with pytest.raises(ConfigurationError, match=message):
            AdditiveExplore(scale=scale).check(Space([dimension]))
        AdditiveExplore().check(Space([dimension]))

    def test_categories_have_any_scale(self):
        for scale in scales.SCALES:
            AdditiveExplore(scale=scale).check(Space([Categorical("c", choices=("a", 1))]))


@pytest.mark.slow
def test_steps_have_their_deviation():
    rng = numpy.random.default_rng(0)
    fork = make_fork({"x": 0.5})
    space = Space([real(0, 1)])
    new = [AdditiveExplore(0.05)(rng, space, {"x": 0.5}, fork)["x"] for _ in range(4000)]
    assert numpy.std(new) == pytest.approx(0.05, rel=0.05)
    assert numpy.mean(new) == pytest.approx(0.5, abs=0.004)
