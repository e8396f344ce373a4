"""Scores without outliers, and of a size that can be computed with."""

from __future__ import annotations

import numpy
import pytest

from orion_pbt.explore.outliers import Fences, standardised


def test_places_lie_between_the_least_and_the_largest():
    fences = Fences.around(numpy.array([10.0, 20.0, 30.0, 50.0]))
    assert [fences.place(value) for value in (10.0, 30.0, 50.0)] == pytest.approx([0, 0.5, 1])
    assert fences.place(99.0) == 1
    assert fences.place(-99.0) == 0


def test_an_outlier_counts_as_if_it_were_at_the_fence():
    values = numpy.array([1.0, 2.0, 3.0, 4.0, 1e10])
    fences = Fences.around(values)  # the middle half is [2, 4], so the fence is at 4 + 3 · 2
    assert fences.place(10.0) == pytest.approx(1)
    assert fences.place(4.0) == pytest.approx(3 / 9)
    assert numpy.diff(standardised(values)[:4]).min() > 0.2


def test_mean_0_and_variance_1():
    found = standardised(numpy.array([3.0, 1.0, 4.0, 1.0, 5.0]))
    assert found.mean() == pytest.approx(0)
    assert found.std() == pytest.approx(1)


@pytest.mark.parametrize("value", [0.0, 7.0, -1e-320])
def test_equal_values_are_all_in_the_middle(value):
    values = numpy.full(4, value)
    assert Fences.around(values).place(value) == 0.5
    assert standardised(values).tolist() == [0.0] * 4


def test_the_largest_numbers_do_not_overflow():
    found = standardised(numpy.array([1.7e308, -1.7e308, 0.0, 1.0]))
    assert numpy.isfinite(found).all()
    assert found.argmax() == 0
