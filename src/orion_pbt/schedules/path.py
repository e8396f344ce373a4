"""The schedule of hyperparameters that a member's weights went through."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.schedules.fidelity import FidelitySchedule
from orion_pbt.space import Params


@dataclass(frozen=True)
class Stretch:
    """Training with the same hyperparameters, of one or more generations.

    Parameters
    ----------
    generation_from, generation_to:
        The first and the last generation of it.
    start_fidelity:
        What was reached before it, 0 at the root: the stretch trains above it.
    end_fidelity:
        Up to which it trains, inclusive.
    params:
        The hyperparameters.
    keys:
        The members, one a generation.
    """

    generation_from: int
    generation_to: int
    start_fidelity: int
    end_fidelity: int
    params: Params = field(hash=False)
    keys: tuple[str, ...]


def path_of(lineages: Lineages, key: str, schedule: FidelitySchedule) -> tuple[Stretch, ...]:
    """Return the stretches of training that led to a member, from its root to itself.

    It is the way of the weights: from parent to child, also where a worker gave its own member up.

    Parameters
    ----------
    lineages:
        The population.
    key:
        The member.
    schedule:
        The fidelity of each generation.

    Returns
    -------
    tuple of Stretch
        At least one; each begins where the one before it ends, and two in a row have different
        hyperparameters.

    Raises
    ------
    UnknownMember
        If there is no such member.
    """
    members = [node.item for node in lineages.node(key).path()]
    stretches = []
    for _, group in groupby(members, key=_told_apart):
        stretch = list(group)
        first, last = stretch[0].generation, stretch[-1].generation
        stretches.append(
            Stretch(
                generation_from=first,
                generation_to=last,
                start_fidelity=schedule.fidelity(first - 1) if first else 0,
                end_fidelity=schedule.fidelity(last),
                params=stretch[0].params,
                keys=tuple(member.key for member in stretch),
            )
        )
    return tuple(stretches)


def _told_apart(member: Member) -> dict[str, str]:
    # By repr, as 1, 1.0 and True are equal.
    return {name: repr(value) for name, value in member.params.items()}
