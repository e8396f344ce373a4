"""Generations are integers, and so are the fidelities that a user sees."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field

from orion_pbt.errors import bad_setting


@dataclass(frozen=True)
class FidelitySchedule:
    """The fidelity (epochs, steps, …) up to which each generation trains.

    The levels rise strictly from `low` to `high` in ``generations + 1`` whole numbers, evenly
    spaced with base 1 and geometrically with any other base. (Between two fixed ends every
    logarithmic base gives the same levels.) Where rounding would make two levels equal, as it
    does at the low end of a geometric schedule, the later one is pushed up.

    Parameters
    ----------
    low, high:
        Fidelity of the first and of the last generation; whole numbers, ``1 <= low < high``.
    generations:
        Number of branchings, at least 1.
    base:
        1 for linear, above 1 for logarithmic spacing.

    Raises
    ------
    ConfigurationError
        If there are more generations than distinct whole levels, or a bound is impossible.
    """

    low: int
    high: int
    generations: int
    base: float = 1
    levels: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.generations, bool) or not isinstance(self.generations, int):
            raise bad_setting(
                "generations", self.generations, "it must be a whole number", "Set it to e.g. 10."
            )
        if self.generations < 1:
            raise bad_setting("generations", self.generations, "it must be at least 1", "Raise it.")
        if not all(isinstance(bound, int) for bound in (self.low, self.high)):
            raise bad_setting(
                "The fidelity's interval",
                (self.low, self.high),
                "its bounds must be whole numbers",
                "Count in smaller units, e.g. steps instead of epochs.",
            )
        if not 1 <= self.low <= self.high:
            raise bad_setting(
                "The fidelity's interval",
                (self.low, self.high),
                "it must rise from at least 1",
                "Write it as e.g. fidelity(1, 100).",
            )
        if not self.base >= 1:
            raise bad_setting(
                "The fidelity's base", self.base, "it must be 1 (linear) or above", "Use 1 or 2."
            )
        if self.generations + 1 > self.high - self.low + 1:
            raise bad_setting(
                "generations",
                self.generations,
                f"it takes {self.generations + 1} distinct levels and fidelity({self.low}, "
                f"{self.high}) has {self.high - self.low + 1} whole ones",
                f"Set generations to at most {self.high - self.low}, or widen the fidelity.",
            )
        object.__setattr__(self, "levels", self._levels())

    def fidelity(self, generation: int) -> int:
        """Return the fidelity up to which a generation trains."""
        return self.levels[generation]

    def generation(self, fidelity: float) -> int | None:
        """Return the generation that trains up to a fidelity, None if there is none."""
        index = bisect.bisect_left(self.levels, fidelity)
        found = index < len(self.levels) and self.levels[index] == fidelity
        return index if found else None

    def _levels(self) -> tuple[int, ...]:
        last = self.generations
        if self.base == 1:
            step = (self.high - self.low) / last
            ideal = [self.low + step * i for i in range(last + 1)]
        else:
            ratio = math.log(self.high / self.low) / last
            ideal = [self.low * math.exp(ratio * i) for i in range(last + 1)]
        ideal[last] = self.high  # exactly
        levels = [self.low]
        for i in range(1, last + 1):
            room = self.high - (last - i)  # leaves a distinct level to each later generation
            levels.append(min(max(round(ideal[i]), levels[-1] + 1), room))
        return tuple(levels)
