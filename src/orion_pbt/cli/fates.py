"""What became of a trial, in a person's words."""

from __future__ import annotations

from collections.abc import Iterable

from orion_pbt.console.text import format_number, short_id
from orion_pbt.engine import Engine
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status


def fate(engine: Engine, member: Member, best: Member | None, state: str) -> list[str]:
    """Return what became of a trial, a sentence each.

    Parameters
    ----------
    engine:
        The population.
    member:
        The trial.
    best:
        The best of the population, if there is one.
    state:
        Oríon's word for the status of the trial.
    """
    if member.status is Status.PENDING:
        return [f"It is not completed: {state}."]
    told = ["It broke."] if member.status is Status.BROKEN else []
    told += _next(engine.lineages, member)
    told += _copies(engine.lineages, member)
    if member.key in engine.waiting:
        told.append(f"It waits for {engine.waiting[member.key]}.")
    elif member.key in engine.undecided:
        told.append("It is still to be decided what comes next.")
    told += [why for why in engine.stopped if member.key in why]
    if not told and member.generation == engine.generations:
        told.append("It is the end of its line.")
    return [*told, *_merit(engine.lineages, member, best)]


def _next(lineages: Lineages, member: Member) -> list[str]:
    """Tell who went on in the place of a member, or tried to."""
    told = []
    successors = lineages.successors(member.key)
    broken = [after for after in successors if after.status is Status.BROKEN]
    if broken:
        told.append(f"Next trials that broke: {_names(broken)}.")
    for after in successors:
        if after.status is Status.BROKEN or after.parent is None:
            continue
        if after.base == member.key:
            donor = lineages[after.parent]
            told.append(
                f"It was given up for {short_id(after.key)}, a copy of {short_id(donor.key)} "
                f"({format_number(donor.score)})."
            )
        else:
            how = "unchanged" if repr(after.params) == repr(member.params) else "with a variation"
            told.append(f"It went on as {short_id(after.key)}, {how}.")
    return told


def _copies(lineages: Lineages, member: Member) -> list[str]:
    copies = [node.item for node in lineages.node(member.key).children if node.item.base]
    alive = [copy for copy in copies if copy.status is not Status.BROKEN]
    return [f"It was copied by {_names(alive)}."] if alive else []


def _merit(lineages: Lineages, member: Member, best: Member | None) -> list[str]:
    if best is None:
        return []
    if member.key == best.key:
        return ["It is the best."]
    path = {node.item.key for node in lineages.node(best.key).path()}
    return [f"The best, {short_id(best.key)}, descends from it."] if member.key in path else []


def _names(members: Iterable[Member]) -> str:
    return ", ".join(short_id(member.key) for member in members)
