"""The experiment of a replay: made, or found where it was begun before."""

from __future__ import annotations

import os
from typing import Any

from orion.core.io.experiment_builder import ExperimentBuilder
from orion.core.io.space_builder import SpaceBuilder
from orion.core.worker.experiment import Experiment

from orion_pbt.algorithms.replay import check_same_replay
from orion_pbt.errors import bad_setting
from orion_pbt.replaying.plan import Plan

METADATA = ("user", "user_args", "user_script", "user_script_config", "parser", "VCS")
"""What of an experiment's metadata belongs to the script, and so to its replay too."""


def open_replay(
    client: Any, plan: Plan, name: str | None = None, working_dir: str | None = None
) -> Experiment:
    """Return the experiment of a replay, to be worked on.

    Parameters
    ----------
    client: orion.client.experiment.ExperimentClient
        The population's experiment. The replay is in its storage.
    plan:
        The replay.
    name:
        Name of the new experiment; ``<name>-replay`` if None.
    working_dir:
        Where the trials' directories go; beside those of the population if None.

    Raises
    ------
    ConfigurationError
        If there is an experiment of that name that is not this replay.
    """
    name = name or f"{client.name}-replay"
    builder = ExperimentBuilder(client.storage)
    found = builder.fetch_config_from_db(name)
    if found:
        check_same_replay(plan.algorithm, found["algorithm"])
        priors = SpaceBuilder().build(plan.priors).configuration
        if found["space"] != priors:
            raise bad_setting(
                f"The search space of experiment {name!r}",
                found["space"],
                f"that of the replay is {priors}",
                "Begin another replay under another name (--as).",
            )
    metadata = {key: client.metadata[key] for key in METADATA if key in client.metadata}
    return builder.build(
        name,
        space=plan.priors,
        algorithm=plan.algorithm,
        working_dir=os.path.abspath(working_dir or place_beside(client, name)),
        max_broken=most_broken(plan),
        metadata=metadata,
        branching={"enable": False},
    )


def most_broken(plan: Plan) -> int:
    """Return a number of broken trials that no replay reaches: it gives replicas up before."""
    return 10 * plan.seeds * len(plan.levels)


def place_beside(client: Any, name: str) -> str:
    """Return the directory of another experiment beside that of this one."""
    place = client.working_dir
    return os.path.join(os.path.dirname(os.path.abspath(place)), name) if place else name
