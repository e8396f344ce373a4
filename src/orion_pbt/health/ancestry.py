"""How fast one ancestor takes over: selection that is too greedy stops searching early."""

from __future__ import annotations

from collections import Counter

from orion_pbt.health.finding import Finding
from orion_pbt.lineage import Lineages
from orion_pbt.population import Status

EARLY = 0.25
"""Share of the generations before which a takeover is early."""


def examine_ancestry(lineages: Lineages, generations: int) -> Finding:
    """Look for the first generation whose weights all descend from one root."""
    question = "one ancestor takes over"
    for generation in range(lineages.height):
        roots = Counter(
            lineages.node(member.key).root.item.key
            for member in lineages.members_at(generation)
            if member.status is Status.COMPLETED
        )
        if len(roots) == 1 and sum(roots.values()) > 1:
            found = f"all of generation {generation} of {generations} descend from one root"
            if generation >= EARLY * generations:
                return Finding(question, True, found, "", generation)
            return Finding(
                question,
                False,
                found,
                "the run follows whoever was best at first. Raise population_size, copy less often "
                "(a higher truncation_quantile), or try a rule that is less greedy, such as 'mf'",
                generation,
            )
        left = len(roots)
    if not len(lineages):
        return Finding(question, None, "nothing is completed yet")
    return Finding(
        question, True, f"{left} roots have descendants in the last generation", "", left
    )
