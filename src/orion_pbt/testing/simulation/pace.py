"""How long simulated trials take, and when each one ran."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from orion_pbt.errors import bad_setting


@dataclass(frozen=True)
class Pace:
    """How fast simulated workers are, and how often their trials break.

    Parameters
    ----------
    workers:
        Number of workers, at least 1.
    jitter:
        A trial takes up to this share more or less time than its length says; in [0, 1).
    speeds:
        Units of fidelity in a unit of time, by worker; 1 for those that are left out.
    breakage:
        Share of the trials that break when they are about to end; in [0, 1).

    Raises
    ------
    ConfigurationError
        If a setting is out of its range.
    """

    workers: int = 8
    jitter: float = 0.05
    speeds: tuple[float, ...] = ()
    breakage: float = 0.0

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise bad_setting("workers", self.workers, "somebody has to train", "Use e.g. 8.")
        for setting in ("jitter", "breakage"):
            if not 0 <= getattr(self, setting) < 1:
                raise bad_setting(
                    setting, getattr(self, setting), "it must be inside [0, 1)", "Use e.g. 0.05."
                )
        if len(self.speeds) > self.workers or not all(speed > 0 for speed in self.speeds):
            raise bad_setting(
                "speeds",
                self.speeds,
                f"they belong to {self.workers} workers and must be above 0",
                "Leave out those that are 1.",
            )

    def duration(self, length: int, worker: int, rng: numpy.random.Generator) -> float:
        """Return how long a worker takes for a trial of a length."""
        speed = self.speeds[worker] if worker < len(self.speeds) else 1.0
        return length / speed * (1 + self.jitter * rng.uniform(-1, 1))


@dataclass(frozen=True)
class Span:
    """When a trial ran, and where.

    Parameters
    ----------
    worker:
        Number of the worker, from 0.
    begin, end:
        Simulated time, in units of fidelity at speed 1.
    """

    worker: int
    begin: float
    end: float
