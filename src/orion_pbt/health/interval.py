"""Whether a generation trains long enough for its scores to mean anything."""

from __future__ import annotations

import numpy

from orion_pbt.health.finding import Finding
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, is_rankable

LEAST = 4
"""Members of a generation below which their order says nothing."""
WEAK = 0.3
"""Rank correlation below which one generation's order says little of the next."""


def examine_interval(lineages: Lineages) -> Finding:
    """Correlate the order of those who went on unchanged with their order one generation later.

    Spearman's rank correlation, averaged over the generations. Where scores are mostly noise, or
    a generation is too short to tell members apart, it is near 0, and selection is a lottery.
    """
    question = "interval between decisions"
    found = []
    for generation in range(1, lineages.height):
        pairs = _pairs(lineages, generation)
        if len(pairs) >= LEAST:
            correlation = _spearman(numpy.array([[a.objective, b.objective] for a, b in pairs]))
            if correlation is not None:
                found.append(correlation)
    if not found:
        return Finding(question, None, "too few members went on unchanged to judge by")
    mean = float(numpy.mean(found))
    told = f"the order of the members lasts to the next generation with a correlation of {mean:.2f}"
    if mean >= WEAK:
        return Finding(question, True, told, "", mean)
    remedy = (
        "scores are mostly noise, so that selection is a lottery: train longer between decisions "
        "(fewer generations), evaluate on more data, or use the exploit rule 'ttest'"
    )
    return Finding(question, False, told, remedy, mean)


def _pairs(lineages: Lineages, generation: int) -> list[tuple[Member, Member]]:
    pairs = []
    for member in lineages.members_at(generation):
        if member.parent is not None and member.base is None and is_rankable(member):
            parent = lineages[member.parent]
            if parent.params == member.params and is_rankable(parent):
                pairs.append((parent, member))
    return pairs


def _spearman(scores: numpy.ndarray) -> float | None:
    """Return the rank correlation of two columns; None where one does not vary."""
    ranks = numpy.stack([_ranks(column) for column in scores.T])
    if (ranks.std(axis=1) == 0).any():
        return None
    return float(numpy.corrcoef(ranks)[0, 1])


def _ranks(values: numpy.ndarray) -> numpy.ndarray:
    """Return the ranks of numbers; equal ones share their mean rank."""
    _, places, counts = numpy.unique(values, return_inverse=True, return_counts=True)
    ends = numpy.cumsum(counts)
    means: numpy.ndarray = (ends - (counts - 1) / 2)[places]
    return means
