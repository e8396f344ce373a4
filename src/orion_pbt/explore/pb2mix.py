"""Population based bandits with categories: a bandit chooses them, then a model the numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from orion_pbt.explore.arms import arms_of, categories, count, one_hot, to_value
from orion_pbt.explore.fork import Fork
from orion_pbt.explore.intervals import Interval
from orion_pbt.explore.outliers import Fences
from orion_pbt.explore.pb2 import PB2Explore
from orion_pbt.explore.perturb import PerturbExplore
from orion_pbt.space import Params, Space, Value


@dataclass(frozen=True)
class PB2MixExplore(PB2Explore):
    """Choose categories by a bandit, then the numbers that a model expects most of with them.

    PB2-Mix of Parker-Holder et al. 2021 (arXiv 2106.15883, section 4). Each categorical
    hyperparameter is a bandit whose arms are its choices: time-varying EXP3, which pulls more often
    what the score rose with, and can come back to what was bad once. Given them, the numbers are
    chosen as by `PB2Explore`.

    Departures from the paper: every completed interval is a pull of its own, where the paper draws
    the arms of the whole population at once. The categories enter the kernel as coordinates, in
    which two different choices are as far apart as two ends of an interval, where the paper mixes
    the sum and the product of two kernels.

    As long as there are fewer than three completed intervals, all is perturbed as by
    `PerturbExplore`, which draws categories anew.

    Parameters
    ----------
    max_rows:
        See `PB2Explore`.
    """

    def _guess(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        return {**params, **PerturbExplore()(rng, space, params, fork)}

    def _choose_categories(
        self, rng: numpy.random.Generator, space: Space, rows: list[Interval]
    ) -> dict[str, Value]:
        from orion_pbt import models  # here, as it loads scipy

        fences = Fences.around(numpy.array([row.gain for row in rows]))
        rewards = [fences.place(row.gain) for row in rows]
        chosen = {}
        for name, dimension in categories(space).items():
            arms = []
            pulled = [arms_of(dimension, row.params) for row in rows]
            for place in range(count(dimension)):
                pulls = [
                    models.Pull(row.generation, arm, reward)
                    for row, reward, arm in zip(rows, rewards, (of[place] for of in pulled))
                    if arm is not None
                ]
                chances = models.chances(pulls, len(dimension.choices))
                arms.append(int(rng.choice(len(chances), p=chances)))
            chosen[name] = to_value(dimension, arms)
        return chosen

    def _describe_categories(self, space: Space, params: Params) -> list[float]:
        return [
            coordinate
            for dimension in categories(space).values()
            for coordinate in one_hot(dimension, params)
        ]
