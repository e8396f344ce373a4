"""A lane for each member: one row of the lineage plot, which it keeps while it is trained."""

from __future__ import annotations

import math

from orion_pbt.plotting.data import Point
from orion_pbt.plotting.family import Family
from orion_pbt.population import Status, is_rankable, rank

APART = 0.3
"""Height of the part of a lane over which points of one generation are spread."""


def assign_lanes(family: Family) -> dict[str, float]:
    """Return the height of each point, by key.

    A lane is what one worker trained: a trial, what went on from it or replaced it, and so on. The
    lane with the best end is 0. A lane has several points of one generation where trials broke or
    a member went back; these are a little lower.
    """
    lanes = _follow(family)
    order = {lane: place for place, lane in enumerate(_best_end_first(family, lanes))}
    count: dict[tuple[int, int], int] = {}
    for point in family.points.values():
        place = lanes[point.member.key], point.member.generation
        count[place] = count.get(place, 0) + 1
    heights = {}
    done: dict[tuple[int, int], int] = {}
    for point in sorted(family.points.values(), key=_broken_last):
        place = lanes[point.member.key], point.member.generation
        before = done.get(place, 0)
        done[place] = before + 1
        heights[point.member.key] = order[place[0]] + APART * before / max(1, count[place] - 1)
    return heights


def _follow(family: Family) -> dict[str, int]:
    """Return the lane of each point, numbered by arrival."""
    lanes: dict[str, int] = {}
    ends: dict[int, Point] = {}
    for key, point in family.points.items():
        ancestor = point.member.true_ancestor
        if ancestor is not None:
            heir = family.heir(ancestor)
            if heir is point or point.member.status is Status.BROKEN:
                lanes[key] = lanes[ancestor]
        if key not in lanes:
            lanes[key] = _vacant(family, ends, point, len(ends))
        ends[lanes[key]] = point
    return lanes


def _vacant(family: Family, ends: dict[int, Point], point: Point, new: int) -> int:
    """Return a lane for a point that nobody hands on to: of the worst that came to nothing."""
    if point.member.parent is None:
        return new
    over = [
        (rank(end.member), lane)
        for lane, end in ends.items()
        if family.heir(end.member.key) is None
        and end.member.generation == point.member.generation - 1
    ]
    return max(over)[1] if over else new


def _best_end_first(family: Family, lanes: dict[str, int]) -> list[int]:
    best: dict[int, tuple[float, float]] = {}
    for key, lane in lanes.items():
        member = family[key].member
        if is_rankable(member):
            assert member.objective is not None
            end = (-float(member.generation), member.objective)
            best[lane] = min(end, best.get(lane, end))
        else:
            best.setdefault(lane, (math.inf, math.inf))
    return sorted(best, key=lambda lane: (best[lane], lane))


def _broken_last(point: Point) -> bool:
    return point.member.status is Status.BROKEN
