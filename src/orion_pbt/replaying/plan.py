"""From a trial of a population to the experiment that trains its schedule again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from orion_pbt.algorithms import PopulationAlgorithm
from orion_pbt.algorithms.converters import find_fidelity
from orion_pbt.engine import REPLICA, replica_of
from orion_pbt.engine.replaying import MOST_REPLICAS
from orion_pbt.errors import UnknownMember, bad_setting
from orion_pbt.population import Member
from orion_pbt.schedules import GivenLevels, path_of, stretched
from orion_pbt.space import Params


@dataclass(frozen=True)
class Plan:
    """A replay: what is trained, how far and how often.

    Parameters
    ----------
    trial:
        Id of the trial whose schedule it is.
    levels:
        The fidelity up to which each stage trains.
    stages:
        The hyperparameters of each stage, all of them.
    space:
        The priors of the population, by name, without the fidelity.
    fidelity:
        Name of the fidelity.
    seeds:
        Number of replicas.
    seed_name:
        The hyperparameter that differs from replica to replica, if there is one.
    """

    trial: str
    levels: tuple[int, ...]
    stages: tuple[Params, ...] = field(hash=False)
    space: Mapping[str, str] = field(hash=False)
    fidelity: str
    seeds: int = 1
    seed_name: str | None = None

    def __post_init__(self) -> None:
        GivenLevels(self.levels)  # raises where they are none
        if not 1 <= self.seeds <= MOST_REPLICAS:
            raise bad_setting(
                "seeds", self.seeds, f"it is a number from 1 to {MOST_REPLICAS}", "Use e.g. 5."
            )

    @property
    def constant(self) -> Plan:
        """The same with the hyperparameters of the first stage in all of them."""
        return replace(self, stages=self.stages[:1] * len(self.stages))

    @property
    def algorithm(self) -> dict[str, Any]:
        """Oríon's configuration of the algorithm."""
        stages = [
            {"fidelity": level, "params": dict(params)}
            for level, params in zip(self.levels, self.stages)
        ]
        settings = {"replicas": self.seeds, "seed_name": self.seed_name, "trial": self.trial}
        return {"replay": {"stages": stages, **settings}}

    @property
    def priors(self) -> dict[str, str]:
        """The search space: that of the population, the fidelity as wide as the schedule."""
        slash = "/" if self.fidelity.startswith("/") else ""
        return {
            f"{slash}{REPLICA}": f"uniform(1, {MOST_REPLICAS + 1})",
            **self.space,
            self.fidelity: f"fidelity({self.levels[0]}, {self.levels[-1]}, base=1)",
        }


def plan_of(
    client: Any,
    trial: str | None = None,
    *,
    stretch: float | None = None,
    fidelity: int | None = None,
    seeds: int = 1,
    seed_name: str | None = None,
) -> Plan:
    """Return the replay of a trial's schedule.

    Parameters
    ----------
    client: orion.client.experiment.ExperimentClient
        The experiment of a population.
    trial:
        Id of the trial; the winner if None.
    stretch:
        How many times as long the replay trains; each stage becomes as many times as long.
    fidelity:
        Up to which fidelity it trains, instead of `stretch`.
    seeds:
        Number of replicas.
    seed_name:
        A hyperparameter that the script takes for its seed.

    Raises
    ------
    UnknownMember
        If there is no such trial, or none is completed.
    ConfigurationError
        If a setting cannot work, or the experiment is not of a population.
    """
    if stretch is not None and fidelity is not None:
        raise bad_setting(
            "fidelity", fidelity, f"stretch is {stretch:g} already", "Use one of the two."
        )
    algorithm = algorithm_of(client)
    if trial is None:
        trial = _winner(algorithm).key
    path = path_of(algorithm.lineages, trial, algorithm.schedule)
    stages = [
        {name: value for name, value in stretch_.params.items() if replica_of({name: 1}) is None}
        for stretch_ in path
        for _ in stretch_.keys
    ]
    levels = algorithm.schedule.levels[: len(stages)]
    if stretch is not None:
        fidelity = round(levels[-1] * stretch)
    if fidelity is not None:
        levels = stretched(levels, fidelity)
    name = find_fidelity(client.space).name
    priors = {
        other: prior
        for other, prior in client.space.configuration.items()
        if other != name and replica_of({other: 1}) is None
    }
    return Plan(trial, tuple(levels), tuple(stages), priors, name, seeds, seed_name)


def algorithm_of(experiment: Any) -> PopulationAlgorithm:
    """Return the algorithm of an experiment, up to date.

    Parameters
    ----------
    experiment: orion.core.worker.experiment.Experiment
        The experiment, or a client of it.

    Raises
    ------
    ConfigurationError
        If it is none that trains a population.
    """
    algorithm = getattr(experiment.algorithm, "unwrapped", experiment.algorithm)
    if not isinstance(algorithm, PopulationAlgorithm):
        raise bad_setting(
            "The population", experiment.name, "its algorithm trains none", "Use another."
        )
    algorithm.refresh(experiment)
    return algorithm


def _winner(algorithm: PopulationAlgorithm) -> Member:
    lineages = algorithm.lineages
    winner = lineages.best(algorithm.generations) or lineages.best()
    if winner is None:
        raise UnknownMember("No trial is completed, so there is no winner yet.")
    return winner
