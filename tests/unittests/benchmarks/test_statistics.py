"""Averages and intervals, against direct computations."""

from __future__ import annotations

import random

import numpy
import pytest
import scipy.stats
from search_quality.statistics import estimate, estimate_difference, interquartile_mean


class TestInterquartileMean:
    @pytest.mark.parametrize("count", [4, 8, 20, 100])
    def test_is_the_trimmed_mean_where_quarters_are_whole(self, count):
        values = numpy.random.default_rng(count).normal(size=count)
        expected = scipy.stats.trim_mean(values, 0.25)
        assert interquartile_mean(values) == pytest.approx(expected)

    def test_values_at_the_border_count_in_part(self):
        # Of 6 values the middle 3: the third and fourth, and half of the second and fifth.
        expected = (20 / 2 + 30 + 40 + 50 / 2) / 3
        assert interquartile_mean(numpy.array([60.0, 20, 50, 40, 10, 30])) == pytest.approx(
            expected
        )
        # Of 5 values the middle 2.5: the third, and three quarters of its neighbours.
        values = numpy.array([50.0, 20, 40, 10, 30])
        expected = (0.75 * 20 + 30 + 0.75 * 40) / 2.5
        assert interquartile_mean(values) == pytest.approx(expected)

    @pytest.mark.parametrize("count", range(1, 12))
    def test_is_an_integral_over_the_quantiles(self, count):
        values = numpy.random.default_rng(count).normal(size=count)
        shares = (numpy.arange(8000) + 0.5) / 8000
        middle = shares[(shares > 0.25) & (shares < 0.75)]
        quantiles = numpy.sort(values)[numpy.floor(middle * count).astype(int)]
        assert interquartile_mean(values) == pytest.approx(quantiles.mean(), abs=2e-3)

    def test_outliers_do_not_count(self):
        values = numpy.array([-1e9, 1, 2, 3, 4, 5, 6, 1e9])
        assert interquartile_mean(values) == 3.5

    def test_along_the_last_axis(self):
        values = numpy.random.default_rng(0).normal(size=(3, 2, 10))
        found = interquartile_mean(values)
        assert found.shape == (3, 2)
        assert found[1, 0] == interquartile_mean(values[1, 0])


class TestIntervals:
    def test_is_the_percentile_bootstrap(self):
        values = numpy.random.default_rng(1).exponential(size=20)
        found = estimate(values)
        luck = random.Random(1)
        drawn = sorted(
            interquartile_mean(numpy.array(luck.choices(values, k=20))) for _ in range(4000)
        )
        low, high = drawn[100], drawn[-101]  # 2.5 % are below, and as many above
        assert found.low == pytest.approx(low, abs=0.08 * (high - low))
        assert found.high == pytest.approx(high, abs=0.08 * (high - low))
        assert found.low < found.value < found.high

    def test_a_seed_gives_the_same_interval(self):
        values = numpy.random.default_rng(2).normal(size=20)
        assert estimate(values) == estimate(list(values))
        assert estimate(values, seed=1) != estimate(values)

    def test_it_holds_the_truth_about_as_often_as_it_says(self):
        rng = numpy.random.default_rng(3)
        held = 0
        for number in range(100):
            found = estimate(rng.normal(size=20), seed=number)
            held += found.low <= 0 <= found.high
        assert 85 <= held <= 99

    def test_equal_values_leave_nothing_open(self):
        found = estimate([2.0] * 5)
        assert (found.value, found.low, found.high) == (2.0, 2.0, 2.0)


class TestDifferences:
    def test_what_both_share_by_seed_does_not_widen_it(self):
        rng = numpy.random.default_rng(4)
        shared, own = 100 * rng.normal(size=20), rng.normal(size=20)
        found = estimate_difference(shared + 1 + 0.01 * own, shared)
        assert found.low > 0.9
        assert found.high < 1.1
        assert found.value == pytest.approx(1, abs=0.02)

    def test_its_sign(self):
        values = numpy.random.default_rng(5).normal(size=20)
        assert estimate_difference(values, values + 3).value == pytest.approx(-3)
        assert estimate_difference(values, values).low == 0
