"""Fidelities that are given, one a generation, instead of being spaced between two ends."""

from __future__ import annotations

from collections.abc import Sequence

from orion_pbt.errors import bad_setting
from orion_pbt.schedules.fidelity import FidelitySchedule


class GivenLevels(FidelitySchedule):
    """The fidelities up to which the generations train, as they are given.

    Parameters
    ----------
    levels:
        Whole numbers that rise from at least 1; the first is that of generation 0.

    Raises
    ------
    ConfigurationError
        If they are not.
    """

    def __init__(self, levels: Sequence[int]) -> None:
        are_whole = all(isinstance(level, int) and not isinstance(level, bool) for level in levels)
        if not levels or not are_whole or not _rise([0, *levels]):
            raise bad_setting(
                "The schedule's fidelities",
                list(levels),
                "they are whole numbers that rise from at least 1",
                "Give each entry a higher one than the entry before it.",
            )
        for name, value in (
            ("low", levels[0]),
            ("high", levels[-1]),
            ("generations", len(levels) - 1),
            ("base", 1),
            ("levels", tuple(levels)),
        ):
            object.__setattr__(self, name, value)


def stretched(levels: Sequence[int], high: int) -> tuple[int, ...]:
    """Return levels that end at another fidelity and lie in between as they did.

    Raises
    ------
    ConfigurationError
        If it is so low that two of them would become one.
    """
    found = [round(level * high / levels[-1]) for level in levels]
    if not _rise([0, *found]):
        raise bad_setting(
            "The fidelity to stretch to",
            high,
            f"the schedule's fidelities {list(levels)} would become {found}, and each must be "
            "above the one before",
            "Use a higher one.",
        )
    return tuple(found)


def _rise(levels: Sequence[int]) -> bool:
    return all(low < high for low, high in zip(levels, levels[1:]))
