"""Training a replay with the script that `orion hunt` ran."""

from __future__ import annotations

from typing import Any

import orion.core
from orion.client.experiment import ExperimentClient
from orion.core.cli.hunt import on_error
from orion.core.io.orion_cmdline_parser import OrionCmdlineParser
from orion.core.utils import sigterm_as_interrupt
from orion.core.utils.exceptions import BrokenExperiment
from orion.core.worker.consumer import Consumer
from orion.core.worker.experiment import Experiment

from orion_pbt.errors import ConfigurationError


def check_script(client: Any) -> None:
    """Raise where an experiment has no script, or it is not there.

    Raises
    ------
    ConfigurationError
        Naming what to do instead.
    """
    if not client.metadata.get("user_args"):
        raise ConfigurationError(
            f"Experiment {client.name!r} trained a Python function, which is not stored with it. "
            "Replay it from Python: orion_pbt.replay(function, client)."
        )
    try:
        OrionCmdlineParser().set_state_dict(client.metadata["parser"])
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"The script {error.filename!r} of experiment {client.name!r} is not here. Start the "
            "command in the directory in which the population was hunted."
        ) from error


def train_script(experiment: Experiment, settings: dict[str, Any], n_workers: int) -> None:
    """Work on an experiment with its script until it is done.

    Parameters
    ----------
    experiment:
        The experiment, to be worked on.
    settings:
        The ``worker`` part of a configuration, which wins over Oríon's.
    n_workers:
        Trials at a time.

    Raises
    ------
    ConfigurationError
        If too many trials broke.
    """
    worker = {**orion.core.config.worker.to_dict(), **settings}
    consumer = Consumer(
        experiment,
        worker["user_script_config"],
        worker["interrupt_signal_code"],
        ignore_code_changes=True,
    )
    client = ExperimentClient(experiment, heartbeat=worker["heartbeat"])
    # One trial at a time needs no processes, which would outlive this one if it is killed.
    is_alone = n_workers == 1 and "executor" not in settings
    executor = client.tmp_executor(
        "singleexecutor" if is_alone else worker["executor"],
        n_workers=n_workers,
        **({} if is_alone else worker["executor_configuration"]),
    )
    with sigterm_as_interrupt(), experiment.algorithm.unwrapped.shown(experiment), executor:
        try:
            client.workon(
                consumer,
                n_workers=n_workers,
                max_broken=experiment.max_broken,
                trial_arg="trial",
                on_error=on_error,
                idle_timeout=worker["idle_timeout"],
            )
        except BrokenExperiment as error:
            raise ConfigurationError(str(error)) from error
