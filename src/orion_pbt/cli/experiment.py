"""Which experiment a command is about, and the population in it."""

from __future__ import annotations

import argparse
import itertools
from dataclasses import dataclass
from typing import Any

from orion.client import ExperimentClient
from orion.core.cli.base import get_basic_args_group
from orion.core.io import experiment_builder
from orion.core.utils.exceptions import NoNameError

from orion_pbt.algorithms import PopulationAlgorithm
from orion_pbt.algorithms.converters import find_fidelity
from orion_pbt.cli.storages import to_configuration
from orion_pbt.engine import Engine
from orion_pbt.errors import ConfigurationError
from orion_pbt.population import Member
from orion_pbt.schedules import FidelitySchedule


@dataclass(frozen=True)
class Population:
    """An experiment and the population in it, as they are in the storage now.

    Parameters
    ----------
    client:
        The experiment, read only.
    engine:
        What decides in it, up to date.
    schedule:
        The fidelity of each generation.
    """

    client: ExperimentClient
    engine: Engine
    schedule: FidelitySchedule

    @property
    def title(self) -> str:
        """Name and version of the experiment."""
        return f"{self.client.name}-v{self.client.version}"

    @property
    def fidelity_name(self) -> str:
        """What the user calls the fidelity."""
        return str(find_fidelity(self.client.space).name).lstrip("/")

    def refresh(self) -> None:
        """Take note of what happened since."""
        found = self.client.storage.get_algorithm_lock_info(uid=self.client.id)
        if found is not None and found.state:
            self.client.algorithm.unwrapped.set_state(found.state)

    def member(self, start: str) -> Member:
        """Return the member whose id begins so.

        Raises
        ------
        ConfigurationError
            If there is none, or more than one.
        """
        found = [member for member in self.engine.lineages if member.key.startswith(start)]
        if len(found) != 1:
            raise ConfigurationError(
                f"{len(found) or 'No'} trials of {self.title} have an id that begins with "
                f"{start!r}. Give an id, or a beginning that only one has; `orion-pbt tree` "
                "shows them."
            )
        return found[0]

    def maker(self, member: Member) -> tuple[Population, Member]:
        """Return the population that decided on a member, and the member as it is there.

        That is the one of the version that was in charge then, or the earliest that can still be
        read. One that was not trained yet when a version began has another key in that.
        """
        number = [other.key for other in self.engine.lineages].index(member.key)
        population, node = self, self.client.node
        while population.engine.is_inherited(member.key):
            title = population.engine.earlier_versions[-1]
            while node is not None and f"{node.name}-v{node.version}" != title:
                node = node.parent
            if node is None:
                break
            population = read_population(ExperimentClient(node.item, None))
            member = next(itertools.islice(population.engine.lineages, number, None))
        return population, member

    def best(self) -> Member | None:
        """Return the winner: the best of the last generation, else the best of all."""
        lineages = self.engine.lineages
        return lineages.best(self.engine.generations) or lineages.best()


def add_experiment_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose an experiment, the same as those of Oríon's commands."""
    group = get_basic_args_group(
        parser,
        "which experiment",
        "As for Oríon's own commands. Without --config and --storage it is looked for where "
        "Oríon's environment variables and global configuration say.",
    )
    group.add_argument(
        "--storage",
        metavar="URL",
        help="where it is stored: sqlite:///file.db, postgresql://…, mongodb://… or a .pkl file; "
        "overrides --config",
    )


def read_configuration(args: argparse.Namespace) -> dict[str, Any]:
    """Return Oríon's configuration, with the name and the storage that the options choose.

    Raises
    ------
    NoNameError
        If no experiment is named.
    """
    config: dict[str, Any] = experiment_builder.get_cmd_config(vars(args).copy())
    if args.storage:
        config["storage"] = to_configuration(args.storage)
    if not config.get("name"):
        raise NoNameError
    return config


def open_experiment(args: argparse.Namespace) -> ExperimentClient:
    """Return the experiment that the options choose, read only.

    Raises
    ------
    NoNameError, NoConfigurationError
        If no experiment is named, or none has that name.
    """
    config = read_configuration(args)
    builder = experiment_builder.ExperimentBuilder(config["storage"])
    return ExperimentClient(builder.load(config["name"], config.get("version"), mode="r"), None)


def open_population(args: argparse.Namespace) -> Population:
    """Return the population of the experiment that the options choose.

    Raises
    ------
    NoNameError, NoConfigurationError
        If no experiment is named, or none has that name.
    ConfigurationError
        If its algorithm is not ours.
    """
    return read_population(open_experiment(args))


def read_population(client: ExperimentClient) -> Population:
    """Return the population of an experiment.

    Raises
    ------
    ConfigurationError
        If its algorithm is not ours.
    """
    algorithm: Any = getattr(client.algorithm, "unwrapped", client.algorithm)
    if not isinstance(algorithm, PopulationAlgorithm):
        raise ConfigurationError(
            f"Experiment {client.name}-v{client.version} is of the algorithm "
            f"{next(iter(client.configuration['algorithm']), '?')!r}, and this command is about "
            "populations of 'pbt'. Choose another experiment (--name, --version); `orion list` "
            "shows them."
        )
    population = Population(client, algorithm.engine, algorithm.schedule)
    population.refresh()
    return population
