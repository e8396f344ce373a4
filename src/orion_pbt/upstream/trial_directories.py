"""What happens to a trial's directory is decided by a keeper of directories.

Oríon copies the parent's directory straight into place, takes a directory that exists for a whole
one, and hears no more of it. It does so in a function that `orion hunt` gives no way to choose.
"""

from __future__ import annotations

import functools
import inspect
import json
import logging
from typing import Any, Callable, Protocol

import orion.client.runner
from orion.client.experiment import ExperimentClient
from orion.client.runner import Runner
from orion.core.utils.exceptions import NoConfigurationError
from orion.core.utils.flatten import flatten
from orion.core.utils.working_dir import SetupWorkingDir
from orion.core.worker.consumer import Consumer
from orion.core.worker.trial import Trial

from orion_pbt.applied import ASKED
from orion_pbt.errors import CheckpointError, ConfigurationError

logger = logging.getLogger(__name__)


class BadDirectorySetting(ConfigurationError, NoConfigurationError):
    """A setting of the keeper's that cannot work; `orion hunt` shows the message only."""


class Environment(Protocol):
    """Says where the files of a trial are; a part of `Keeper`."""

    def environment(self, trial: Any) -> dict[str, str]:
        """Return what the environment of a trial's script says of its directories."""


class Keeper(Environment, Protocol):
    """Looks after the directories of trials; see `orion_pbt.checkpoints.TrialDirectories`."""

    def begin(self, client: Any, *, is_temporary: bool) -> None:
        """Note that a run begins."""

    def prepare(self, client: Any, trial: Any) -> None:
        """Make the directory of a trial ready."""

    def completing(self, client: Any, trial: Any) -> None:
        """Keep the files of a trial before anybody hears that it is completed."""

    def breaking(self, client: Any, trial: Any) -> None:
        """Note that a trial broke."""

    def settled(self, client: Any, trial: Any) -> None:
        """Note that a trial was completed or broke."""


keeper: Keeper | None = None
"""Who looks after the directories; None for Oríon's own way."""

_own_prepare = orion.client.runner.prepare_trial_working_dir


def install() -> None:
    """Let runs, clients and runners ask the keeper."""
    SetupWorkingDir.__enter__ = _entering(SetupWorkingDir.__enter__)
    Runner.__init__ = _init(Runner.__init__)
    ExperimentClient.observe = _observing(ExperimentClient.observe)
    ExperimentClient.release = _releasing(ExperimentClient.release)


def prepare(client: Any, trial: Any) -> None:
    """Make the directory of a trial ready, as ``prepare_trial`` does."""
    (_own_prepare if keeper is None else keeper.prepare)(client, trial)


class ScriptWithDirectories:
    """Runs a trial's script; its environment says where its files are and what it is asked to use.

    It is pickled into the process of the trial, where nothing is corrected.

    Parameters
    ----------
    consumer:
        Runs the script.
    keeper:
        Knows the variables.
    """

    def __init__(self, consumer: Consumer, keeper: Environment) -> None:
        self.consumer = consumer
        self.keeper = keeper

    def __call__(self, trial: Any, **kwargs: Any) -> Any:
        """Run the script of a trial and return its results."""
        own = functools.partial(type(self.consumer).get_execution_environment, self.consumer)

        def get_execution_environment(trial: Any, *args: Any, **options: Any) -> dict[str, str]:
            asked = json.dumps(flatten(trial.params), default=_plain)
            return {
                **own(trial, *args, **options),
                **self.keeper.environment(trial),
                ASKED: asked,
            }

        self.consumer.get_execution_environment = get_execution_environment
        _name_directories(self.keeper)
        try:
            return self.consumer(trial, **kwargs)
        finally:
            del self.consumer.get_execution_environment


def _name_directories(keeper: Environment) -> None:
    """Let ``{trial.load_dir}`` and ``{trial.save_dir}`` stand in a script's arguments."""
    for name in ("load_dir", "save_dir"):
        variable = f"ORION_PBT_{name.upper()}"
        found = functools.partial(_look_up, keeper, variable)
        setattr(Trial, name, property(found))


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _look_up(keeper: Environment, variable: str, trial: Any) -> str:
    return keeper.environment(trial).get(variable, "")


def _entering(own: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(own)
    def enter(self: Any) -> Any:
        if keeper is not None:
            try:
                keeper.begin(self.experiment, is_temporary=not self.experiment.working_dir)
            except ConfigurationError as error:
                raise BadDirectorySetting(str(error)) from error
        return own(self)

    return enter


def _init(own: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(own)

    @functools.wraps(own)
    def init(*args: Any, **kwargs: Any) -> None:
        bound = signature.bind(*args, **kwargs)
        if bound.arguments.get("prepare_trial", _own_prepare) is _own_prepare:
            bound.arguments["prepare_trial"] = prepare
        if keeper is not None and isinstance(bound.arguments["fct"], Consumer):
            bound.arguments["fct"] = ScriptWithDirectories(bound.arguments["fct"], keeper)
        own(*bound.args, **bound.kwargs)

    return init


def _observing(own: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(own)
    def observe(self: Any, trial: Any, *args: Any, **kwargs: Any) -> None:
        if keeper is None:
            own(self, trial, *args, **kwargs)
            return
        try:
            keeper.completing(self, trial)
        except CheckpointError as error:
            logger.error("Trial %s breaks, as its files cannot be kept: %s", trial.id, error)
            self.release(trial, status="broken")
            return
        own(self, trial, *args, **kwargs)
        _noting(keeper.settled, self, trial)

    return observe


def _releasing(own: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(own)
    def release(self: Any, trial: Any, status: str = "interrupted") -> None:
        if keeper is None or status != "broken":
            own(self, trial, status)
            return
        own(self, trial, status)  # first: it raises where the trial is another worker's by now
        _noting(keeper.breaking, self, trial)
        _noting(keeper.settled, self, trial)

    return release


def _noting(note: Callable[[Any, Any], None], client: Any, trial: Any) -> None:
    """Note how a trial ended; it has ended whatever becomes of the note."""
    try:
        note(client, trial)
    except (CheckpointError, OSError) as error:
        logger.warning("The files of trial %s could not be looked after: %s", trial.id, error)
