"""Fidelities that are given, and stretched."""

from __future__ import annotations

import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.schedules import FidelitySchedule, GivenLevels, stretched


def test_given_levels_are_a_schedule_as_any_other() -> None:
    schedule = GivenLevels([2, 3, 7])
    assert (schedule.low, schedule.high, schedule.generations) == (2, 7, 2)
    assert [schedule.fidelity(generation) for generation in range(3)] == [2, 3, 7]
    assert [schedule.generation(fidelity) for fidelity in (2, 3, 5, 7)] == [0, 1, None, 2]


def test_one_level_is_a_schedule_without_branchings() -> None:
    assert GivenLevels([5]).generations == 0


@pytest.mark.parametrize("levels", [[], [0, 1], [1, 1], [2, 1], [1, 2.5], [True, 2], ["1", "2"]])
def test_what_does_not_rise_is_refused(levels: list[int]) -> None:
    with pytest.raises(ConfigurationError, match="whole numbers that rise from at least 1"):
        GivenLevels(levels)


@pytest.mark.parametrize(
    ("high", "expected"),
    [(10, (1, 4, 7, 10)), (25, (2, 10, 18, 25)), (1000, (100, 400, 700, 1000))],
)
def test_the_end_is_exact_and_the_rest_lies_as_it_did(high: int, expected: tuple[int, ...]) -> None:
    levels = FidelitySchedule(1, 10, 3).levels
    assert stretched(levels, high) == expected


@pytest.mark.parametrize("high", [0, -3, 2, 4])
def test_too_low_an_end_is_refused(high: int) -> None:
    with pytest.raises(ConfigurationError, match=f"stretch to is {high}, .*Use a higher one"):
        stretched((1, 4, 7, 10), high)
