"""Why a trial is there, and what became of it, in a person's words."""

from __future__ import annotations

from orion_pbt.console.text import format_number, format_value, short_id
from orion_pbt.plotting.data import Picture, Point
from orion_pbt.plotting.family import Family
from orion_pbt.population import Status
from orion_pbt.space import Params


def describe(picture: Picture, family: Family, point: Point) -> tuple[str, ...]:
    """Return what there is to say of a point, line by line: the first line is its title."""
    member = point.member
    level = (
        f", {picture.fidelity} {format_value(point.fidelity)}"
        if picture.fidelity is not None
        else ""
    )
    lines = [
        f"{short_id(member.key)} · generation {member.generation}{level}",
        _score(picture, family, point),
    ]
    lines += [f"{name} = {format_value(value)}" for name, value in member.params.items()]
    lines.append(origin(family, point))
    lines.append(fate(family, point))
    return tuple(line for line in lines if line)


def origin(family: Family, point: Point) -> str:
    """Return why a trial was run."""
    member = point.member
    if member.parent is None:
        return "inserted by hand" if point.inserted else "a start of its own"
    parent = family[member.parent].member
    changes = format_changes(parent.params, member.params)
    if member.base is None and not changes:
        return f"goes on from {short_id(parent.key)} unchanged"
    told = f": {changes}" if changes else ", unchanged"
    if member.base is None:
        return f"goes on from {short_id(parent.key)}{told}"
    base = family[member.base].member
    return (
        f"copies {short_id(parent.key)} ({format_number(parent.score)}) in place of "
        f"{short_id(base.key)} ({format_number(base.score)}){told}"
    )


def fate(family: Family, point: Point) -> str:
    """Return what became of a trial."""
    member = point.member
    if member.status is Status.BROKEN:
        return "broke"
    if member.status is Status.PENDING:
        return f"not completed: {point.state}"
    told = []
    heir = family.heir(member.key)
    if heir is not None:
        donor = heir.member.parent
        if heir.member.base == member.key and donor is not None:
            other = family[donor].member
            told.append(f"replaced by a copy of {short_id(donor)} ({format_number(other.score)})")
        else:
            told.append("kept")
    alive = [
        child
        for child in family.children(member.key)
        if child is not heir and child.member.status is not Status.BROKEN
    ]
    if alive:
        told.append(f"copied {len(alive)} times" if len(alive) > 1 else "copied once")
    broken = sum(
        after is not heir and after.member.status is Status.BROKEN
        for after in family.successors(member.key)
    )
    if broken:
        told.append(f"{broken} next trials broke" if broken > 1 else "a next trial broke")
    return ", ".join(told)


def format_changes(before: Params, after: Params) -> str:
    """Return which hyperparameters differ, and how."""
    changes = []
    for name, value in after.items():
        old = before.get(name)
        if old is None or old == value:
            continue
        change = f"{name} {format_value(old)} → {format_value(value)}"
        is_number = isinstance(old, (int, float)) and isinstance(value, (int, float))
        if is_number and old != 0 and value / old > 0:
            change += f" (×{value / old:.3g})"
        changes.append(change)
    return ", ".join(changes)


def _score(picture: Picture, family: Family, point: Point) -> str:
    member = point.member
    if member.score is None:
        return ""
    text = f"{picture.score} = {format_number(member.score)}"
    place = family.place(member.key)
    return text if place is None else f"{text}, number {place[0]} of {place[1]} in its generation"
