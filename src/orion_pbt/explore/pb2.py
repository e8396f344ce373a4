"""Population based bandits: hyperparameters that a model expects most of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.explore.intervals import Interval, begun_intervals, completed_intervals
from orion_pbt.explore.outliers import Fences, standardised
from orion_pbt.explore.perturb import PerturbExplore
from orion_pbt.explore.unit_cube import UnitCube
from orion_pbt.settings.checks import check_whole
from orion_pbt.space import Categorical, Params, Space, Value

if TYPE_CHECKING:
    from orion_pbt.models.arrays import Array

LEAST_ROWS = 3
"""Completed intervals below which there is nothing to learn from: β would be negative."""

RESTARTS = 10
"""Points from which the upper confidence bound is climbed."""


@dataclass(frozen=True)
class PB2Explore(Explore):
    """Choose the numbers of which a time-varying Gaussian process expects most.

    PB2 of Parker-Holder et al. 2020 (arXiv 2002.02518, algorithm 1). A row of data is a completed
    interval: the rise of the score over it, given the generation, the score before, and the
    numbers. The kernel is fitted by marginal likelihood, with noise. What is chosen maximises mean
    plus √β standard deviations, where the intervals that have begun count for the deviation only,
    so that several copies of one generation do not all try the same.

    Departures from the paper: time is counted in generations, and not scaled to [0, 1], so that
    what was learned early can be forgotten. The number of rows stands for t in β, as in the
    authors' own code. Gains far outside the others are moved to the fence of a box plot, as one
    trial that diverged would hide all other differences. Only rows up to the donor's generation
    are used, so that a synchronous run in which nothing breaks decides the same whoever is faster.

    Whole numbers are relaxed and rounded. Categories stay as they are in the copied member; see
    `PB2MixExplore`. As long as there are fewer than three completed intervals, that is mostly for
    copies of roots, numbers are perturbed as by `PerturbExplore`. So is what the model chose, if
    the donor has that very child already. In a space without numbers all is perturbed.

    Parameters
    ----------
    max_rows:
        The last completed intervals that are learned from; at least 10. A call with 200 takes
        about 30 ms, and the time grows with the cube.

    Raises
    ------
    ConfigurationError
        If the setting is out of its range.
    """

    max_rows: int = 200

    def __post_init__(self) -> None:
        check_whole(f"{type(self).__name__}.max_rows", self.max_rows, 10, "Use e.g. 200.")

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        rows = completed_intervals(fork.lineages, fork.donor.generation, self.max_rows)
        score = -math.nan if fork.donor.objective is None else -fork.donor.objective
        if len(rows) < LEAST_ROWS or not math.isfinite(score) or not _numbers(space):
            return self._guess(rng, space, params, fork)
        new = {**params, **self._choose_categories(rng, space, rows)}
        new.update(self._choose_numbers(rng, space, new, fork, rows))
        if _is_taken(new, fork):
            new.update(PerturbExplore()(rng, _numbers(space), new, fork))
        return new

    def _guess(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """Return values chosen without a model."""
        return {**params, **PerturbExplore()(rng, _numbers(space) or space, params, fork)}

    def _choose_categories(
        self, rng: numpy.random.Generator, space: Space, rows: list[Interval]
    ) -> dict[str, Value]:
        """Return the categories that are chosen before the numbers."""
        return {}

    def _describe_categories(self, space: Space, params: Params) -> list[float]:
        """Return coordinates of the categories, in which the model sees them."""
        return []

    def _choose_numbers(
        self,
        rng: numpy.random.Generator,
        space: Space,
        params: Params,
        fork: Fork,
        rows: list[Interval],
    ) -> dict[str, Value]:
        """Return the numbers with the highest upper confidence bound, given all else."""
        from orion_pbt import models  # here, as it loads scipy

        cube = UnitCube(_numbers(space), [row.params for row in rows])
        fences = Fences.around(numpy.array([row.before for row in rows]))

        def given(interval: Interval) -> list[float]:
            place = fences.place(interval.before)
            return [place, *self._describe_categories(space, interval.params)]

        def table(intervals: list[Interval]) -> tuple[Array, Array]:
            inputs = [given(interval) + cube.to_unit(interval.params) for interval in intervals]
            return numpy.array(inputs), numpy.array([float(i.generation) for i in intervals])

        assert fork.donor.objective is not None
        following = Interval(fork.donor.generation + 1, -fork.donor.objective, params)
        begun = begun_intervals(fork.lineages, following.generation)
        gains = standardised(numpy.array([row.gain for row in rows]))
        with models.one_thread():
            belief = models.Belief(models.fit(*table(rows), gains), *table(rows), gains)
            best = models.highest_bound(
                rng.random((RESTARTS, len(cube))),
                numpy.array(given(following)),
                float(following.generation),
                belief,
                belief.hallucinate(*table(begun)) if begun else belief,
            )
        return cube.to_params(float(coordinate) for coordinate in best)


def _numbers(space: Space) -> Space:
    """Return the dimensions that are no categories."""
    return Space(found for found in space.values() if not isinstance(found, Categorical))


def _is_taken(params: Params, fork: Fork) -> bool:
    """Whether the donor, or one of its children, has these hyperparameters already."""
    donor = fork.lineages.node(fork.donor.key)
    others = [donor.item, *(child.item for child in donor.children)]
    return any(all(other.params[name] == params[name] for name in params) for other in others)
