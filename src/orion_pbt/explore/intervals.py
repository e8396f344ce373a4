"""What each stretch of training brought: the data that a model of the population learns from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status
from orion_pbt.space import Params


@dataclass(frozen=True)
class Interval:
    """A stretch of training, from one generation to the next.

    Parameters
    ----------
    generation:
        The generation at its end.
    before:
        The score of the weights it started from; the higher the better.
    params:
        The hyperparameters used.
    gain:
        By how much the score rose; NaN where it is not known yet.
    """

    generation: int
    before: float
    params: Params
    gain: float = math.nan


def completed_intervals(lineages: Lineages, generation: int, count: int) -> list[Interval]:
    """Return the last completed intervals that end at a generation or before, in order.

    Parameters
    ----------
    lineages:
        All members.
    generation:
        Later ones are left out, so that the answer is the same whoever is ahead.
    count:
        How many at most; the work is proportional to it.
    """
    found: list[Interval] = []
    while generation > 0 and len(found) < count:
        for member in reversed(_by_key(lineages, generation)):
            parent = _parent(lineages, member)
            if parent is not None and _is_scored(member):
                assert parent.objective is not None
                assert member.objective is not None
                gain = parent.objective - member.objective
                if math.isfinite(gain):
                    found.append(Interval(generation, -parent.objective, member.params, gain))
        generation -= 1
    return found[:count][::-1]


def begun_intervals(lineages: Lineages, generation: int) -> list[Interval]:
    """Return the intervals that end at a generation, as if none was completed yet."""
    begun = []
    for member in _by_key(lineages, generation):
        parent = _parent(lineages, member)
        if parent is not None and member.status is not Status.BROKEN:
            assert parent.objective is not None
            begun.append(Interval(generation, -parent.objective, member.params))
    return begun


def _by_key(lineages: Lineages, generation: int) -> list[Member]:
    # Not completed_at, where members that are archived are left out: their results still teach.
    return sorted(lineages.members_at(generation), key=lambda member: member.key)


def _parent(lineages: Lineages, member: Member) -> Member | None:
    """Return whose weights a member started from, if they have a score."""
    parent = None if member.parent is None else lineages[member.parent]
    return parent if parent is not None and _is_scored(parent) else None


def _is_scored(member: Member) -> bool:
    objective = member.objective
    return objective is not None and math.isfinite(objective)
