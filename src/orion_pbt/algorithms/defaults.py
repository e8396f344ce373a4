"""The strategies of users who chose none."""

from __future__ import annotations

import math

from orion_pbt.exploit import Exploit, TruncateExploit
from orion_pbt.explore import Explore, PerturbExplore, PipelineExplore, ResampleExplore


def default_exploit(population_size: int) -> Exploit:
    """Return truncation of the worst quarter in favour of the best, for any population.

    A member is judged as soon as half of its generation (at least 4, at most all) is completed.
    """
    enough = max(2, min(population_size, max(4, math.ceil(population_size / 2))))
    return TruncateExploit(
        min_forking_population=enough,
        truncation_quantile=0.75,
        candidate_pool_ratio=0.25 if enough >= 4 else 0.5,
    )


def default_explore() -> Explore:
    """Return resampling of a hyperparameter now and then, else perturbation of all.

    Docs: decision 7 says why these steps are larger than those of the paper.
    """
    return PipelineExplore(
        (ResampleExplore(probability=0.1, per_dimension=True), PerturbExplore(factor=1.5))
    )


def default_frequencies(population_size: int, generations: int) -> tuple[int, ...]:
    """Return how often the sub-populations of `MFExploit` evolve, for any population.

    There are as many of them as have at least four members each, and at most four. The first
    evolves after each generation, the last about ten times in the whole run, and the others evenly
    in between on a logarithmic scale.
    """
    count = max(1, min(4, population_size // 4))
    slowest = max(count, round(generations / 10))
    frequencies = [1]
    for number in range(1, count):
        even = round(slowest ** (number / (count - 1)))
        frequencies.append(max(frequencies[-1] + 1, even))
    return tuple(frequencies)
