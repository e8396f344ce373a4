"""What a population can reach at most on tasks D and F, where no strategy meets the target.

D: whoever ranks by the score of today gives up what pays tomorrow. How far does it lead to hold the
learning rate that is best after some intervals, with nothing left to chance? And how far does the
same population get if its members are ranked by the score that their weights can still reach?

F: the gains add up, so nothing is lost if all copy the best member at each generation. How far does
that lead, for different shares of hyperparameters that are drawn anew?

    python benchmarks/quality_limits.py              # two minutes
    python benchmarks/quality_limits.py --seeds 100
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy
from orion.core.io.space_builder import SpaceBuilder
from search_quality.settings import registered
from search_quality.statistics import estimate
from search_quality.tasks import TASKS, Task
from search_quality.tasks.base import Params
from search_quality.tasks.noisy_quadratic import NoisyQuadratic
from search_quality.textbook import TextbookExplore

from orion_pbt.algorithms.converters import to_space
from orion_pbt.explore import Fork
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.testing.simulation import simulate

QUARTER = {"truncation_quantile": 0.75, "candidate_pool_ratio": 0.25}


class Foresight(NoisyQuadratic):
    """D with a score that tells what the best schedule makes of the weights in the end."""

    def train(
        self,
        state: numpy.ndarray,
        params: Params,
        begin: int,
        end: int,
        rng: numpy.random.Generator,
    ) -> tuple[numpy.ndarray, float]:
        """Train, and tell what may become of it."""
        state, score = super().train(state, params, begin, end, rng)
        ahead = state
        for step in range(end, self.horizon, self.interval):
            best = self.by_hand(ahead, step)
            ahead, score = super().train(ahead, best, step, step + self.interval, rng)
        return state, score


def greedy(task: Task, intervals: int) -> float:
    """Return where it leads to take the rate that is best after some intervals, again and again."""
    rng, length = numpy.random.default_rng(0), intervals * task.interval
    rates = [{"alpha": float(rate)} for rate in numpy.geomspace(1e-3, 1, 400)]
    state, score = task.begin(rng), -numpy.inf
    for begin in range(0, task.horizon, length):
        ends = [task.train(state, rate, begin, begin + length, rng) for rate in rates]
        state, score = max(ends, key=lambda end: end[1])
    return float(score)


def ranked_by_foresight(size: int, strict: bool, seed: int) -> float:
    """Return the score of a run in which each member is worth what it can still become."""
    share = 1 / size
    hard = {"truncation_quantile": share, "candidate_pool_ratio": share}
    rule = {"min_forking_population": size, **(hard if strict else QUARTER)}
    settings = {"population_size": size, "exploit": {"truncate": rule}}
    task = Foresight()
    with registered():
        return simulate(task, {**task.settings, **settings}, seed).score


def copied_by_all(task: Task, size: int, probability: float, seed: int) -> float:
    """Return the score where, each time, the best goes on and all others are its variations."""
    space = to_space(SpaceBuilder().build(dict(task.priors)))
    explore, rng = TextbookExplore(probability=probability), numpy.random.default_rng(seed)
    members = [space.sample(rng) for _ in range(size)]
    state = task.begin(rng)
    score = -numpy.inf
    for begin in range(0, task.horizon, task.interval):
        ends = [task.train(state, one, begin, begin + task.interval, rng) for one in members]
        place = max(range(size), key=lambda number: ends[number][1])
        (state, score), best = ends[place], members[place]
        fork = _fork(best)
        members = [best, *(explore(rng, space, best, fork) for _ in range(size - 1))]
    return float(score)


def _fork(params: Params) -> Fork:
    lineages = Lineages()
    lineages.add(Member("best", params))
    return Fork(lineages["best"], lineages["best"], lineages)


def lines(seeds: range) -> Iterator[str]:
    """Yield the lines of both tables."""
    task = TASKS["D"]
    yield f"D {task.name}: target {task.target}, limit {task.limit}"
    for intervals in (1, 2, 4, 5, 10, 20):
        yield f"  best after {intervals:2} intervals, held as long {greedy(task, intervals):>15.3f}"
    for size in (8, 16):
        for strict in (False, True):
            found = estimate([ranked_by_foresight(size, strict, seed) for seed in seeds])
            rule = "all copy the best" if strict else "a quarter copies"
            told = f"{size} members ranked by foresight, {rule}"
            yield f"  {told:<50}{found.value:.3f}  [{found.low:.3f}, {found.high:.3f}]"
    task = TASKS["F"]
    yield f"F {task.name}: target {task.target}, limit {task.limit}"
    for size in (8, 16, 20):
        for probability in (0.1, 0.25, 0.5, 1.0):
            found = estimate([copied_by_all(task, size, probability, seed) for seed in seeds])
            told = f"{size} members, all copy the best, drawn anew {probability:g}"
            yield f"  {told:<50}{found.value:.3f}  [{found.low:.3f}, {found.high:.3f}]"


def main() -> None:
    """Print what there is to reach."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=200, help="the first one")
    options = parser.parse_args()
    for line in lines(range(options.seed, options.seed + options.seeds)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
