"""All questions about a population, one after the other."""

from __future__ import annotations

from typing import Callable

from orion_pbt.health.ancestry import examine_ancestry
from orion_pbt.health.bounds import examine_bounds
from orion_pbt.health.copies import examine_copies
from orion_pbt.health.diversity import examine_diversity
from orion_pbt.health.finding import Finding
from orion_pbt.health.interval import examine_interval
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Space


def examine(
    lineages: Lineages,
    space: Space,
    generations: int,
    mutation: Space,
    is_for_rank: Callable[[Member], bool],
) -> list[Finding]:
    """Return what there is to say of how well a population searches.

    Parameters
    ----------
    lineages:
        The population, finished or not.
    space:
        Its search space, without the fidelity.
    generations:
        Number of branchings that it will have.
    mutation:
        What may be varied, and in which ranges.
    is_for_rank:
        Whether a copy was meant to rank better than whom it replaced.
    """
    return [
        examine_ancestry(lineages, generations),
        examine_diversity(lineages, space),
        examine_bounds(lineages, space, mutation),
        examine_copies(lineages, is_for_rank),
        examine_interval(lineages),
    ]
