"""What all tasks are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy

State = Any
Params = Mapping[str, Any]


class Task(ABC):
    """A made-up training, to be run by `orion_pbt.testing.simulation.simulate`.

    It needs numpy alone, so that others can be measured on it too.
    """

    letter: ClassVar[str]
    name: ClassVar[str]
    horizon: ClassVar[int]
    """Steps that a member takes in all."""
    interval: ClassVar[int]
    """Steps between two decisions."""
    priors: ClassVar[Mapping[str, str]]
    """The hyperparameters, as Oríon's priors."""
    initial: ClassVar[Mapping[str, str]] = {}
    """Where roots are drawn from, if not from the whole space."""
    limit: ClassVar[float]
    """The score of the best schedule that is known."""
    target: ClassVar[float]
    """What a good strategy should reach."""
    replays: ClassVar[int] = 0
    """How often the winner's schedule is trained again; not at all where there is no luck."""
    seeds: ClassVar[int] = 20
    """Runs of each setting, unless asked for otherwise."""
    digits: ClassVar[int] = 3
    """Decimals that are printed."""

    @property
    def space(self) -> dict[str, str]:
        """The hyperparameters and the fidelity, as Oríon's priors."""
        return {**self.priors, "steps": f"fidelity({self.interval}, {self.horizon}, base=1)"}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of ``pbt`` that belong to the task, whatever the strategy."""
        initial = {"initial": dict(self.initial)} if self.initial else {}
        return {"generations": self.horizon // self.interval - 1, **initial}

    @abstractmethod
    def begin(self, rng: numpy.random.Generator) -> State:
        """Return the state before the first step."""

    @abstractmethod
    def train(
        self, state: State, params: Params, begin: int, end: int, rng: numpy.random.Generator
    ) -> tuple[State, float]:
        """Take the steps `begin` to `end`; return the state and its score, more is better."""

    @abstractmethod
    def by_hand(self, state: State, begin: int) -> Params:
        """Return what somebody who knows the task would use for the interval from `begin`."""

    def follow(self, rng: numpy.random.Generator, interval: int | None = None) -> float:
        """Return the score of the schedule by hand, changed at each interval."""
        length = self.interval if interval is None else interval
        state, score = self.begin(rng), -numpy.inf
        for begin in range(0, self.horizon, length):
            params = self.by_hand(state, begin)
            state, score = self.train(state, params, begin, begin + length, rng)
        return score
