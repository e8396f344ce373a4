"""Tests of generation ↔ fidelity."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orion_pbt.errors import ConfigurationError
from orion_pbt.schedules import FidelitySchedule


@st.composite
def schedules(draw):
    low = draw(st.integers(1, 10**6))
    high = low + draw(st.integers(1, 2000) | st.integers(1, 10**18))
    generations = draw(st.integers(1, min(high - low, 100)))
    base = draw(st.sampled_from([1, 2, 10]) | st.floats(1, 1e6))
    return FidelitySchedule(low, high, generations, base)


@given(schedules())
def test_levels_are_whole_numbers_that_rise_from_end_to_end(schedule):
    levels = schedule.levels
    assert len(levels) == schedule.generations + 1
    assert all(type(level) is int for level in levels)
    assert all(a < b for a, b in zip(levels, levels[1:]))
    assert (levels[0], levels[-1]) == (schedule.low, schedule.high)


@given(schedules())
def test_fidelities_and_generations_name_each_other(schedule):
    for generation in range(schedule.generations + 1):
        fidelity = schedule.fidelity(generation)
        assert schedule.generation(fidelity) == generation
        assert schedule.generation(float(fidelity)) in (generation, None)  # beyond 2**53: None
        assert schedule.generation(fidelity + 0.5) is None or fidelity > 2**52


@given(st.integers(1, 1000), st.integers(1, 1000), st.integers(1, 100))
def test_base_1_is_linear(low, width, generations):
    assume(generations <= width)
    levels = FidelitySchedule(low, low + width, generations, base=1).levels
    for i, level in enumerate(levels):
        assert abs(level - (low + width * i / generations)) <= 0.5 + 1e-9


def test_any_other_base_is_geometric():
    assert FidelitySchedule(1, 1000, 3, base=10).levels == (1, 10, 100, 1000)
    assert FidelitySchedule(1, 1000, 3, base=2).levels == (1, 10, 100, 1000)
    assert FidelitySchedule(1, 16, 4, base=2).levels == (1, 2, 4, 8, 16)


def test_crowded_levels_of_a_geometric_schedule_are_pushed_up():
    assert FidelitySchedule(1, 8, 7, base=2).levels == (1, 2, 3, 4, 5, 6, 7, 8)
    assert FidelitySchedule(1, 12, 7, base=2).levels == (1, 2, 3, 4, 5, 6, 8, 12)


@pytest.mark.parametrize("base", [1, 2])
def test_the_last_generation_always_has_the_full_fidelity(base):
    for high in (10**15 - 1, 10**17 + 1, 10**18 + 1):
        assert FidelitySchedule(1, high, 7, base).levels[-1] == high


def test_one_generation_has_both_ends():
    assert FidelitySchedule(1, 2, 1).levels == (1, 2)


def test_a_fidelity_between_levels_has_no_generation():
    schedule = FidelitySchedule(1, 9, 4)
    assert [schedule.generation(f) for f in (0, 1, 2, 3, 9, 10, math.nan)] == [
        *[None, 0, None, 1, 4, None, None]
    ]


def test_more_generations_than_levels_is_an_error_that_names_both():
    with pytest.raises(ConfigurationError) as error:
        FidelitySchedule(1, 10, 10)
    assert str(error.value) == (
        "generations is 10, but it takes 11 distinct levels and fidelity(1, 10) has 10 whole ones. "
        "Set generations to at most 9, or widen the fidelity."
    )
    assert FidelitySchedule(1, 10, 9).levels == tuple(range(1, 11))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 10, 0), "generations is 0, but it must be at least 1"),
        ((1, 10, -1), "generations is -1"),
        ((1, 10, 2.5), "generations is 2.5, but it must be a whole number"),
        ((1, 10, True), "generations is True, but it must be a whole number"),
        ((0, 10, 2), r"interval is \(0, 10\), but it must rise from at least 1"),
        ((10, 1, 2), r"interval is \(10, 1\), but it must rise"),
        ((5, 5, 1), r"fidelity\(5, 5\) has 1 whole ones"),
        ((1.5, 10, 2), r"interval is \(1.5, 10\), but its bounds must be whole numbers"),
        ((1, math.inf, 2), "its bounds must be whole numbers"),
        ((1, 10, 2, 0.5), "base is 0.5, but it must be 1"),
        ((1, 10, 2, math.nan), "base is nan, but it must be 1"),
    ],
)
def test_impossible_settings_are_named(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        FidelitySchedule(*arguments)
