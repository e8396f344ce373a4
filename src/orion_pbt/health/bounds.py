"""Hyperparameters that are stuck at a bound: the best may lie outside the search space."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from orion_pbt.health.finding import Finding
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status
from orion_pbt.space import Integer, Real, Space

NEAR = 0.01
"""Share of the interval, on its own scale, within which a number is at its bound."""
MANY = 0.5
"""Share of a generation from which on a hyperparameter is stuck."""
LEAST = 4
"""Members below which there is too little to judge by."""


def examine_bounds(lineages: Lineages, space: Space, mutation: Space) -> Finding:
    """Count who is at a bound in the last generation that half of the population completed.

    Where `mutation` is narrower than the space, its bounds are those that nobody gets past.
    """
    question = "hyperparameters at their bounds"
    members = last_generation(lineages)
    if len(members) < LEAST:
        return Finding(question, None, f"only {len(members)} members to judge by")
    stuck: dict[str, float] = {}
    remedies: dict[str, None] = {}
    for name, whole in space.items():
        dimension = mutation.get(name, whole)
        if isinstance(dimension, (Real, Integer)):
            for bound in ("low", "high"):
                share = _share_at(dimension, bound, (member.params[name] for member in members))
                if share >= MANY:
                    end = getattr(dimension, bound)
                    stuck[f"{name.lstrip('/')} at {end:g}"] = share
                    what = "search space" if end == getattr(whole, bound) else "setting `mutation`"
                    remedies[f"widen the {what} there"] = None
    if not stuck:
        return Finding(question, True, "none", "", 0.0)
    found = ", ".join(f"{share:.0%} have {what}" for what, share in stuck.items())
    remedy = f"{' and '.join(remedies)}, if other values make sense"
    return Finding(question, False, found, remedy, max(stuck.values()))


def last_generation(lineages: Lineages) -> list[Member]:
    """Return the completed members of the last generation with half as many as the first."""
    half = lineages.trained_at(0) / 2
    for generation in reversed(range(lineages.height)):
        members = [
            member
            for member in lineages.members_at(generation)
            if member.status is Status.COMPLETED
        ]
        if members and len(members) >= half:
            return members
    return []


def _share_at(dimension: Real | Integer, bound: str, values: Iterable[Any]) -> float:
    elements = [element for value in values for element in flat(value)]
    inside = [element for element in elements if dimension.low <= element <= dimension.high]
    if not math.isfinite(getattr(dimension, bound)):
        return 0.0
    if isinstance(dimension, Integer):
        end = getattr(dimension, bound)
        return float(sum(element == end for element in elements) / len(elements))
    ends = to_scale(dimension, dimension.low), to_scale(dimension, dimension.high)
    at = ends[bound == "high"]
    near = NEAR * (ends[1] - ends[0])
    count = sum(abs(to_scale(dimension, element) - at) <= near for element in inside)
    return count / len(elements)


def to_scale(dimension: Real | Integer, element: float) -> float:
    """Return a number on the scale of its prior."""
    return math.log(element) if dimension.log else float(element)


def flat(value: Any) -> Iterator[Any]:
    """Yield the elements of a value that may have a shape."""
    if isinstance(value, list):
        for part in value:
            yield from flat(part)
    else:
        yield value
