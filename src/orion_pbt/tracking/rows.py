"""What is logged of a completed member: its score, results and hyperparameters at a step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from orion_pbt.population import Member
from orion_pbt.report import REPORTED_PREFIX
from orion_pbt.space import Value

SCORE = "score"
"""Name of the value that each row has. It is the last one of a row: where it is, all are."""
HYPERPARAMETERS = "hyperparameters"
RESULTS = "results"


@dataclass(frozen=True)
class Row:
    """What is logged at one step.

    Parameters
    ----------
    key:
        Key of the member, the id of its trial.
    step:
        The fidelity up to which it was trained.
    scalars:
        Numbers by name, the score last.
    texts:
        What is no number, by name.
    time:
        When it was completed, in seconds since 1970; None if nobody knows.
    """

    key: str
    step: int
    scalars: Mapping[str, float] = field(hash=False)
    texts: Mapping[str, str] = field(default_factory=dict, hash=False)
    time: float | None = None

    @property
    def hyperparameters(self) -> dict[str, str | float]:
        """The hyperparameters by their own names."""
        start = f"{HYPERPARAMETERS}/"
        values: dict[str, str | float] = {**self.scalars, **self.texts}
        return {
            name[len(start) :]: value for name, value in values.items() if name.startswith(start)
        }


def to_row(member: Member, step: int, trial: Any = None) -> Row:
    """Return what is logged of a completed member.

    Parameters
    ----------
    member:
        The member.
    step:
        Its fidelity.
    trial: orion.core.worker.trial.Trial, optional
        Its trial, which has further results and the time.
    """
    scalars: dict[str, float] = {}
    texts: dict[str, str] = {}
    for name, value in member.params.items():
        for full_name, element in _elements(f"{HYPERPARAMETERS}/{name.lstrip('/')}", value):
            if isinstance(element, (int, float)) and not isinstance(element, bool):
                scalars[full_name] = float(element)
            else:
                texts[full_name] = str(element)
    if trial is not None:
        scalars.update(_results(trial.results))
    scalars[SCORE] = math.nan if member.score is None else float(member.score)
    return Row(member.key, step, scalars, texts, _ended(trial))


def _elements(name: str, value: Value) -> Iterator[tuple[str, Value]]:
    if not isinstance(value, (list, tuple)):
        yield name, value
        return
    for place, part in enumerate(value):
        yield from _elements(f"{name}/{place}", part)


def _results(results: Iterable[Any]) -> dict[str, float]:
    """Return the further results that are numbers, as the script called them."""
    return {
        f"{RESULTS}/{result.name}": float(result.value)
        for result in results
        if result.type in ("statistic", "constraint")
        and not result.name.startswith(REPORTED_PREFIX)
        and isinstance(result.value, (int, float))
    }


def _ended(trial: Any) -> float | None:
    ended: datetime | None = getattr(trial, "end_time", None)
    if ended is None:
        return None
    # Oríon's times are of UTC and do not say so.
    return (ended if ended.tzinfo else ended.replace(tzinfo=timezone.utc)).timestamp()
