"""A population whose lines branch, go back and break."""

from __future__ import annotations

import pytest

from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.schedules import FidelitySchedule


def add(
    lineages: Lineages,
    key: str,
    parent: str | None = None,
    base: str | None = None,
    *,
    objective: float | None = 0.0,
    lr: float = 0.1,
) -> None:
    """Add a member, completed with an objective; one without has broken."""
    generation = 0 if parent is None else lineages[parent].generation + 1
    lineages.add(Member(key, {"/lr": lr, "/opt": "sgd"}, generation, parent, base))
    if objective is None:
        lineages.break_(key)
    else:
        lineages.complete(key, objective)


@pytest.fixture
def lineages() -> Lineages:
    """Return a population of three lines and four generations.

    Line 1 trains a0 … a3. Line 2 gives up b1 for a1: the first fork breaks, and f2 goes on to f3.
    Line 3 breaks at c1 and goes on varied; it gives up c3 for b0, back at generation 0.
    """
    lineages = Lineages()
    for root, objective in (("a0", 0.0), ("b0", 1.0), ("c0", 2.0)):
        add(lineages, root, objective=objective)
    add(lineages, "a1", "a0")
    add(lineages, "b1", "b0", objective=3.0)
    add(lineages, "c1", "c0", objective=None)
    add(lineages, "c1x", "c0", objective=4.0, lr=0.2)
    add(lineages, "broken", "a1", "b1", objective=None)
    add(lineages, "f2", "a1", "b1", objective=-1.0, lr=0.3)
    add(lineages, "a2", "a1")
    add(lineages, "c2", "c1x", objective=5.0, lr=0.2)
    add(lineages, "c3", "c2", objective=float("inf"), lr=0.2)
    add(lineages, "back1", "b0", "c3", lr=0.4)
    add(lineages, "f3", "f2", lr=0.3)
    add(lineages, "a3", "a2")
    lineages.add(Member("pending", {"/lr": 0.4, "/opt": "sgd"}, 2, "back1"))
    return lineages


@pytest.fixture
def schedule() -> FidelitySchedule:
    """Return the fidelities of four generations: 1, 4, 7 and 10."""
    return FidelitySchedule(1, 10, 3)
