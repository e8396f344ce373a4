"""Population based training of a Python function, in one call."""

from __future__ import annotations

import contextlib
import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from orion.client import ExperimentClient, build_experiment
from orion.core.utils.flatten import flatten
from orion.storage.base import BaseStorageProtocol

from orion_pbt._orphans import end_with
from orion_pbt.algorithms import keeper
from orion_pbt.applied import asking
from orion_pbt.checkpoints import Settings
from orion_pbt.checkpoints.settings import NONE
from orion_pbt.checkpoints.trials import LOAD_DIR
from orion_pbt.errors import bad_setting
from orion_pbt.report import function_directory, objective_results
from orion_pbt.restarting import RESTARTS, restarted

DIRECTORY_ARGUMENT = "checkpoint_dir"
LOAD_ARGUMENT = "load_dir"
SAVE_ARGUMENT = "save_dir"
_TRIAL_ARGUMENT = "_orion_pbt_trial"


def workon(
    function: Callable[..., Any],
    space: Mapping[str, str],
    name: str = "pbt",
    algorithm: Mapping[str, Any] | str | None = None,
    algorithms: Mapping[str, Any] | str | None = None,
    max_trials: int | None = None,
    max_broken: int | None = None,
    *,
    mode: str = "min",
    working_dir: str | Path | None = None,
    storage: dict[str, Any] | BaseStorageProtocol | None = None,
    n_workers: int = 1,
    executor: str | None = None,
    progress: bool = True,
    checkpoints: Settings | Mapping[str, Any] | None = None,
    **constants: Any,
) -> ExperimentClient:
    """Train a population with a Python function.

    Like ``orion.client.workon``, with what population based training needs: a directory for each
    trial that stays, which the function gets, a storage that outlives the process, workers, and
    progress. Called again with the same arguments, it goes on where it was interrupted.

    Parameters
    ----------
    function:
        Trains one member for one generation: called with the hyperparameters and the fidelity by
        name, it loads the weights found in the trial's directory, trains until the fidelity, saves
        the weights there and returns the objective (or Oríon's list of results). It gets the
        directory as ``checkpoint_dir``, if it has an argument of that name, and from
        `orion_pbt.checkpoint_dir`. One that loads from one directory and saves to another has
        arguments ``load_dir``, which is None where there is nothing to load, and ``save_dir``.
    space:
        Prior of each hyperparameter by name, one of them a fidelity.
    name:
        Name of the experiment.
    algorithm, algorithms:
        The algorithm, by default ``'pbt'``; the two are the same, as in Oríon.
    max_trials, max_broken:
        Stop after that many completed, or broken, trials; Oríon's defaults if None.
    mode:
        ``'min'``, or ``'max'`` where a larger value is better.
    working_dir:
        Where the trials' directories go; ``./<name>`` if None.
    storage:
        Configuration of Oríon's storage, or one; a SQLite file in `working_dir` if None.
    n_workers:
        Trials run at a time.
    executor:
        Oríon's executor that runs them; by default this process for one worker, and a pool of
        processes for more.
    progress:
        Whether to show progress, and a summary at the end.
    checkpoints:
        How checkpoints are handed on and kept: `orion_pbt.checkpoints.Settings`, or its fields by
        name, such as ``{'best': 3}``; as the environment says if None.
    constants:
        Further arguments of the function.

    Returns
    -------
    orion.client.experiment.ExperimentClient
        The experiment, with its trials, statistics and plots.

    Raises
    ------
    ConfigurationError
        If a setting cannot work.
    """
    if mode not in ("min", "max"):
        raise bad_setting("mode", mode, "it must be 'min' or 'max'", "Choose one of the two.")
    if n_workers < 1:
        raise bad_setting("n_workers", n_workers, "it must be at least 1", "Set it to e.g. 2.")
    settings = Settings(**checkpoints) if isinstance(checkpoints, Mapping) else checkpoints
    member_function = MemberFunction(function, mode)
    if settings is not None and settings.transfer == NONE and not member_function.loads:
        raise bad_setting(
            "checkpoints' transfer",
            NONE,
            f"nothing is copied then, and the function has no argument {LOAD_ARGUMENT!r} to load "
            "from",
            f"Add {LOAD_ARGUMENT} and {SAVE_ARGUMENT} to its arguments, or leave the setting out.",
        )
    directory = Path(working_dir if working_dir is not None else name).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    client = build_experiment(
        name,
        space=dict(space),
        algorithm=algorithm or algorithms or "pbt",
        storage=_default_storage(directory) if storage is None else storage,
        working_dir=str(directory),
        max_trials=max_trials,
        max_broken=max_broken,
    )
    executor = executor or ("singleexecutor" if n_workers == 1 else "poolexecutor")
    shown = getattr(client.algorithm.unwrapped, "shown", None) if progress else None
    with contextlib.ExitStack() as stack:
        stack.enter_context(keeper.using(settings))
        stack.enter_context(client.tmp_executor(executor, n_workers=n_workers))
        if shown is not None:
            stack.enter_context(shown(client))
        client.workon(
            member_function,
            n_workers=n_workers,
            max_trials=max_trials,
            max_broken=max_broken,
            trial_arg=_TRIAL_ARGUMENT,
            **constants,
        )
    return client


class MemberFunction:
    """A user's function, called with the trial's directory. Plain, so that it can be pickled."""

    def __init__(self, function: Callable[..., Any], mode: str) -> None:
        self._function = function
        self._mode = mode
        self._caller = os.getpid()
        named = (DIRECTORY_ARGUMENT, LOAD_ARGUMENT, SAVE_ARGUMENT)
        self._takes = [name for name in named if name in inspect.signature(function).parameters]

    @property
    def loads(self) -> bool:
        """Whether the function loads from a directory that it is told."""
        return LOAD_ARGUMENT in self._takes

    @staticmethod
    def trial_argument(trial: Any) -> dict[str, Any]:
        """Return the argument in which this gets the trial."""
        return {_TRIAL_ARGUMENT: trial}

    def __call__(self, **arguments: Any) -> Any:
        """Call the function for a trial and return its results."""
        end_with(self._caller)
        trial = arguments.pop(_TRIAL_ARGUMENT)
        directory = Path(trial.working_dir)
        directories: dict[str, Path | None] = {
            DIRECTORY_ARGUMENT: directory,
            SAVE_ARGUMENT: directory,
        }
        environment = keeper.environment(trial)
        if self.loads:
            found = environment.get(LOAD_DIR)
            directories[LOAD_ARGUMENT] = None if found is None else Path(found)
        arguments.update({name: directories[name] for name in self._takes})
        with contextlib.ExitStack() as stack:
            stack.enter_context(function_directory(directory))
            stack.enter_context(asking(flatten(trial.params)))
            stack.enter_context(restarted(int(environment.get(RESTARTS, 0))))
            value = self._function(**arguments)
        if isinstance(value, list):
            return value
        return objective_results(value, mode=self._mode)


def _default_storage(directory: Path) -> dict[str, Any]:
    return {"type": "sql", "url": f"sqlite:///{directory / 'pbt.db'}"}
