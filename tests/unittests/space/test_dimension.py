"""Tests of single hyperparameters."""

from __future__ import annotations

import json
import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_pbt.errors import ConfigurationError
from orion_pbt.space import Categorical, Integer, Real


def rng(seed=0):
    return numpy.random.default_rng(seed)


class TestReal:
    def test_samples_are_floats_inside_the_bounds(self):
        dimension = Real("x", low=-2, high=3)
        values = [dimension.sample(rng(seed)) for seed in range(100)]
        assert all(type(value) is float and -2 <= value <= 3 for value in values)
        assert min(values) < -1
        assert max(values) > 2

    def test_a_log_prior_gives_each_decade_its_share(self):
        dimension = Real("lr", low=1e-4, high=1, log=True)
        decades = [math.floor(math.log10(dimension.sample(rng(seed)))) for seed in range(400)]
        assert set(decades) == {-4, -3, -2, -1}
        assert all(60 <= decades.count(decade) <= 140 for decade in range(-4, 0))

    @pytest.mark.parametrize(
        ("element", "expected"),
        [(0.123456, 0.123), (1234.5, 1230.0), (-1e-9 / 3, -3.33e-10), (5, 5.0)],
    )
    def test_precision_keeps_significant_digits(self, element, expected):
        assert Real("x", low=-1e4, high=1e4, precision=3).tidy(element) == expected

    def test_rounding_never_leaves_the_bounds(self):
        dimension = Real("x", low=0.1234567, high=0.9876543, precision=2)
        assert dimension.tidy(0.1234567) == 0.1234567  # 0.12 would be below
        assert dimension.tidy(0.9876543) == 0.9876543  # 0.99 would be above

    def test_the_users_own_prior_is_tidied(self):
        dimension = Real("x", prior=lambda _rng: numpy.float32(7.0), low=0, high=1)
        assert dimension.sample(rng()) == 1.0
        assert type(dimension.sample(rng())) is float

    def test_with_infinite_bounds_its_width_is_that_of_the_prior(self):
        dimension = Real("x", prior=lambda rng: rng.normal(), spread=5.0)
        assert (dimension.low, dimension.high, dimension.width) == (-math.inf, math.inf, 5.0)
        assert dimension.tidy(1e300) == 1e300
        assert Real("x", low=1, high=4, spread=9).width == 3


class TestInteger:
    @pytest.mark.parametrize("log", [False, True])
    def test_samples_are_ints_and_reach_both_bounds(self, log):
        dimension = Integer("n", low=3, high=6, log=log)
        values = [dimension.sample(rng(seed)) for seed in range(200)]
        assert set(values) == {3, 4, 5, 6}
        assert all(type(value) is int for value in values)

    @pytest.mark.parametrize(("element", "expected"), [(2.6, 3), (-9, 1), (99.0, 8), (4, 4)])
    def test_tidy_rounds_and_clips(self, element, expected):
        tidied = Integer("n", low=1.0, high=8.0).tidy(element)
        assert (tidied, type(tidied)) == (expected, int)

    def test_infinite_bounds(self):
        dimension = Integer("n", prior=lambda _rng: -12.4)
        assert dimension.sample(rng()) == -12
        assert dimension.cardinality == math.inf


class TestBounds:
    @pytest.mark.parametrize("bounds", [(1, 1), (2, 1), (math.nan, 1), (0, math.nan)])
    def test_must_rise(self, bounds):
        with pytest.raises(ConfigurationError, match="interval of lr .* below the upper"):
            Real("lr", low=bounds[0], high=bounds[1])

    @pytest.mark.parametrize("low", [0, -1])
    def test_are_above_zero_on_a_log_scale(self, low):
        with pytest.raises(ConfigurationError, match=f"bound of lr is {low}, but a log scale"):
            Real("lr", low=low, high=1, log=True)

    @pytest.mark.parametrize("dimension", [Real, Integer])
    def test_are_finite_where_no_prior_is_given(self, dimension):
        with pytest.raises(ConfigurationError, match="interval of x .* must be finite"):
            dimension("x", low=0)

    def test_are_finite_on_a_log_scale(self):
        with pytest.raises(ConfigurationError, match="interval of x .* must be finite"):
            Real("x", prior=lambda _rng: 1.0, low=1, log=True)


class TestCategorical:
    def test_needs_a_choice(self):
        with pytest.raises(ConfigurationError, match="choices of c"):
            Categorical("c")

    def test_zero_probabilities_are_never_drawn(self):
        dimension = Categorical("c", choices=("a", "b", "c"), probabilities=(0.5, 0.0, 0.5))
        assert {dimension.sample(rng(seed)) for seed in range(100)} == {"a", "c"}

    @pytest.mark.parametrize(
        ("choices", "is_ordinal"),
        [
            ((16, 32, 64), True),
            ((0.1, 1), True),
            ((16,), False),
            ((True, False), False),
            (("1", "2"), False),
            ((1, None), False),
        ],
    )
    def test_is_ordinal_where_all_choices_are_numbers(self, choices, is_ordinal):
        assert Categorical("c", choices=choices).is_ordinal is is_ordinal

    def test_any_choice_comes_back_from_its_code(self):
        choices = (None, "a", (1, 2), [1, 2], {"k": [1]}, 1, 1.0, True, 0, False, -0.5, "1")
        dimension = Categorical("c", choices=choices)
        for choice in choices:
            code = json.loads(json.dumps(dimension.encode(choice)))
            assert dimension.decode(code) is choice
            assert dimension.tidy(choice) is choice

    def test_an_equal_value_of_another_type_is_understood(self):
        assert Categorical("c", choices=(16, 32)).encode(numpy.int64(32)) == 1

    def test_choices_that_are_lists_are_not_taken_for_a_shape(self):
        flat = Categorical("c", choices=([1, 2], [3]))
        shaped = Categorical("c", shape=(2,), choices=([1, 2], [3]))
        assert flat.encode([3]) == 1
        assert shaped.encode([[3], [1, 2]]) == [1, 0]
        assert shaped.decode([1, 0]) == [[3], [1, 2]]


class TestShape:
    def test_values_are_nested_lists(self):
        value = Real("w", shape=(2, 3), low=0, high=1).sample(rng())
        assert [len(row) for row in value] == [3, 3]
        assert len({element for row in value for element in row}) == 6

    def test_map_keeps_it(self):
        dimension = Integer("n", shape=(2, 1), low=0, high=9)
        assert dimension.map(lambda element: element + 1, [[1], [2]]) == [[2], [3]]


class TestCardinality:
    @pytest.mark.parametrize(
        ("dimension", "expected"),
        [
            (Real("x", low=0, high=1), math.inf),
            (Integer("n", low=1, high=10), 10),
            (Integer("n", shape=(3,), low=1, high=10), 1000),
            (Categorical("c", choices=("a", "b")), 2),
            (Categorical("c", shape=(2, 2), choices=("a", "b")), 16),
        ],
    )
    def test_counts_the_values(self, dimension, expected):
        assert dimension.cardinality == expected

    @pytest.mark.parametrize(
        "dimension",
        [
            Integer("n", shape=(64,), low=0, high=10**6),
            Categorical("c", shape=(50, 50), choices=("a", "b")),
        ],
    )
    def test_more_than_a_float_can_hold_is_infinite(self, dimension):
        assert dimension.cardinality == math.inf


@given(
    low=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e6),
    element=st.floats(allow_nan=False),
    precision=st.none() | st.integers(1, 17),
)
def test_a_tidied_number_is_inside_the_bounds(low, width, element, precision):
    dimension = Real("x", low=low, high=low + width, precision=precision)
    assert low <= dimension.tidy(element) <= low + width


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 2**32))
def test_log_integers_are_inside_the_bounds(low, width, seed):
    assert low <= Integer("n", low=low, high=low + width, log=True).sample(rng(seed)) <= low + width
