"""The only place that knows both Oríon's trials and spaces and the engine's members and spaces."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy
from orion.algo.space import Categorical as OrionCategorical
from orion.algo.space import Dimension as OrionDimension
from orion.algo.space import Fidelity
from orion.algo.space import Integer as OrionInteger
from orion.algo.space import Space as OrionSpace
from orion.core.utils.flatten import flatten
from orion.core.worker.trial import Trial

from orion_pbt.errors import ConfigurationError
from orion_pbt.population import Member, Status
from orion_pbt.report import REPORTED_PREFIX
from orion_pbt.schedules import FidelitySchedule
from orion_pbt.space import Categorical, Dimension, Integer, Params, Real, Space, Value

LOG_PRIORS = ("loguniform", "reciprocal", "int_loguniform", "int_reciprocal")
STATUSES = {
    Status.PENDING: "new",
    Status.COMPLETED: "completed",
    Status.BROKEN: "broken",
}


def find_fidelity(space: OrionSpace) -> Fidelity:
    """Return the fidelity dimension of a space.

    Raises
    ------
    ConfigurationError
        If the space has none or several.
    """
    found = [original(dim) for dim in space.values() if dim.type == "fidelity"]
    if len(found) != 1:
        names = ", ".join(dim.name for dim in found) or "no fidelity dimension"
        raise ConfigurationError(
            f"The search space has {names}, but population based training needs exactly one: it "
            "says how long each generation trains. Add e.g. --epochs~'fidelity(1, 100)', and let "
            "the script train until that many epochs."
        )
    return found[0]


def original(dimension: Any) -> Any:
    """Return the dimension as the user wrote it, without Oríon's transformations."""
    while hasattr(dimension, "original_dimension"):
        dimension = dimension.original_dimension
    return dimension


def to_space(space: OrionSpace) -> Space:
    """Return the engine's form of a space, without the fidelity."""
    return Space(_to_dimension(original(dim)) for dim in space.values() if dim.type != "fidelity")


def _to_dimension(dim: OrionDimension) -> Dimension:
    shape = tuple(int(size) for size in dim.shape)
    prior = partial(_draw, dim)
    if isinstance(dim, OrionCategorical):
        return Categorical(
            dim.name, shape, prior, choices=tuple(dim.categories), probabilities=dim.get_prior
        )
    low, high = (float(bound) for bound in dim.interval())
    bulk_low, bulk_high = (float(bound) for bound in dim.interval(0.99))
    # Oríon rounds the bounds of whole numbers down, maybe to 0, where there is no log scale.
    log = dim.prior_name in LOG_PRIORS and low > 0
    if isinstance(dim, OrionInteger):
        return Integer(dim.name, shape, prior, low, high, log, bulk_high - bulk_low)
    return Real(dim.name, shape, prior, low, high, log, bulk_high - bulk_low, dim.precision)


def _draw(dim: OrionDimension, rng: numpy.random.Generator) -> Value:
    seed = numpy.random.RandomState(int(rng.integers(2**32)))
    value = dim.sample(1, seed=seed)[0]
    return value.tolist() if hasattr(value, "tolist") else value


class TrialConverter:
    """Turns members into Oríon's trials and back.

    Parameters
    ----------
    space:
        Oríon's search space, with the fidelity.
    schedule:
        The fidelity of each generation.
    """

    def __init__(self, space: OrionSpace, schedule: FidelitySchedule) -> None:
        self._dimensions = [original(dim) for dim in space.values()]
        self._fidelity = find_fidelity(space).name
        self._schedule = schedule

    def key_of(self, params: Params, generation: int, parent: str | None, base: str | None) -> str:
        """Return Oríon's id of a trial. It depends on the parent, but not on the base."""
        return str(self._trial(params, generation, parent).id)

    def to_trial(self, member: Member) -> Trial:
        """Return a member as a trial, with its status and results."""
        trial = self._trial(member.params, member.generation, member.parent)
        trial.status = STATUSES[member.status]
        if member.objective is not None:
            trial.results = [
                Trial.Result(name="objective", type="objective", value=member.objective)
            ]
        return trial

    def to_params(self, trial: Trial) -> dict[str, Value]:
        """Return the hyperparameters of a trial, without the fidelity."""
        params = flatten(trial.params)
        return {dim.name: params[dim.name] for dim in self._dimensions if dim.type != "fidelity"}

    def to_generation(self, trial: Trial) -> int | None:
        """Return the generation that trains up to the trial's fidelity, None if there is none."""
        return self._schedule.generation(flatten(trial.params)[self._fidelity])

    def _trial(self, params: Params, generation: int, parent: str | None) -> Trial:
        values = {**params, self._fidelity: self._schedule.fidelity(generation)}
        return Trial(
            params=[
                {"name": dim.name, "type": dim.type, "value": values[dim.name]}
                for dim in self._dimensions
            ],
            parent=parent,
        )


def objective_of(trial: Trial) -> float:
    """Return what is minimised; NaN, which ranks last, where a trial has no objective."""
    objective = trial.objective
    return math.nan if objective is None else float(objective.value)


def reported_of(trial: Trial) -> float | None:
    """Return what the script reported, where that is not the objective."""
    for result in trial.statistics:
        if result.name.startswith(REPORTED_PREFIX):
            return float(result.value)
    return None
