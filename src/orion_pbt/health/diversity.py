"""How different the members still are: a population of twins explores nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy

from orion_pbt.health.bounds import LEAST, flat, last_generation, to_scale
from orion_pbt.health.finding import Finding
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status
from orion_pbt.space import Categorical, Dimension, Integer, Real, Space

LITTLE = 0.05
"""Share of the first generation's spread below which there is too little left."""


def examine_diversity(lineages: Lineages, space: Space) -> Finding:
    """Compare the spread of the hyperparameters in the last generation with that of the first."""
    question = "diversity of the hyperparameters"
    first = [m for m in lineages.members_at(0) if m.status is Status.COMPLETED]
    last = last_generation(lineages)
    if len(first) < LEAST or len(last) < LEAST or last[0].generation == 0:
        return Finding(question, None, "only one generation to judge by")
    ratios = {}
    for name, dimension in space.items():
        before, after = (_spread(dimension, name, members) for members in (first, last))
        if before > 0:
            ratios[name.lstrip("/")] = after / before
    if not ratios:
        return Finding(question, None, "the first generation has no spread to compare with")
    mean = sum(ratios.values()) / len(ratios)
    details = ", ".join(f"{name} {ratio:.0%}" for name, ratio in ratios.items())
    found = f"{mean:.0%} of the first generation's spread is left ({details})"
    if mean >= LITTLE:
        return Finding(question, True, found, "", mean)
    remedy = "explore more: a larger factor, or a higher probability to resample"
    return Finding(question, False, found, remedy, mean)


def _spread(dimension: Dimension, name: str, members: Sequence[Member]) -> float:
    """Return the standard deviation on the prior's scale, or the entropy of the choices."""
    elements: list[Any] = [element for m in members for element in flat(m.params[name])]
    if isinstance(dimension, (Real, Integer)):
        return float(numpy.std([to_scale(dimension, element) for element in elements]))
    assert isinstance(dimension, Categorical)
    shares = [count / len(elements) for count in Counter(map(repr, elements)).values()]
    return -sum(share * math.log(share) for share in shares)
