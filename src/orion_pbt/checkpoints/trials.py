"""The directories of Oríon's trials: made ready before they run, kept or removed afterwards."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from orion_pbt.checkpoints import linked
from orion_pbt.checkpoints.base import CheckpointStore
from orion_pbt.checkpoints.collector import collect
from orion_pbt.checkpoints.directory import DirectoryStore
from orion_pbt.checkpoints.layout import is_handed_down
from orion_pbt.checkpoints.outlook import Outlook
from orion_pbt.checkpoints.parents import find_parent, no_files
from orion_pbt.checkpoints.settings import NONE, Settings
from orion_pbt.checkpoints.stores import check_store, open_store
from orion_pbt.checkpoints.workspace import Start, Workspace
from orion_pbt.engine import Engine, replica_of
from orion_pbt.errors import CheckpointError
from orion_pbt.exploit import RestartExploit
from orion_pbt.exploit.pipeline import rules_of
from orion_pbt.restarting import RESTARTS

logger = logging.getLogger(__name__)

LOAD_DIR = "ORION_PBT_LOAD_DIR"
SAVE_DIR = "ORION_PBT_SAVE_DIR"
REPLICA_NUMBER = "ORION_PBT_REPLICA"


class TrialDirectories:
    """What happens to a trial's directory while Oríon runs it.

    Trials, clients and experiments are Oríon's; no method changes them but for the directory of
    an experiment that a trial does not have yet, or that is gone.

    Parameters
    ----------
    settings:
        How checkpoints are handed on and kept; by default what the environment says, each time.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings
        self._warned: set[str] = set()

    @property
    def settings(self) -> Settings:
        """How checkpoints are handed on and kept."""
        return Settings.from_environment() if self._settings is None else self._settings

    @contextmanager
    def using(self, settings: Settings | None) -> Iterator[None]:
        """Use other settings while the block runs; None for those of the environment."""
        before, self._settings = self._settings, settings
        try:
            yield
        finally:
            self._settings = before

    def begin(self, client: Any, *, is_temporary: bool) -> None:
        """Note that a run begins; warn once if its checkpoints go when it ends."""
        settings = self.settings  # a wrong one is told before anything is trained
        if settings.store:
            check_store(settings.store, client.name)
        hands_on = any(dim.type == "fidelity" for dim in client.space.values())
        if not is_temporary or not hands_on or settings.store or client.name in self._warned:
            return
        self._warned.add(client.name)
        logger.warning(
            "Experiment %r has no working_dir, so its checkpoints are in a temporary directory and "
            "go when this run ends, also those of the best trial; an interrupted run cannot be "
            "resumed. To keep them, set one: `orion hunt --working-dir DIRECTORY`, working_dir "
            "under experiment: in the configuration, or workon(..., working_dir=DIRECTORY).",
            client.name,
        )

    def prepare(self, client: Any, trial: Any) -> None:
        """Make the directory of a trial ready; has the signature of Oríon's ``prepare_trial``.

        Raises
        ------
        CheckpointError
            If that cannot be done; the trial breaks then.
        """
        _give_place(client, trial)
        settings = self.settings
        store = _local(trial, settings)
        workspace = Workspace(store)
        start = Start(
            key=_key(trial),
            owner=client.name,
            registered=_time(trial),
            parent=trial.parent,
            restarts=_restarts(client, trial),
        )
        if workspace.goes_on(start):  # and needs nothing of its parent
            logger.info("Trial %s goes on in %s.", trial.id, _path(trial))
            return
        if trial.parent is not None:
            parent = self._source(client, trial, store, settings)
            start = replace(start, fetch=parent.fetch, load=parent.load)
        prepared = workspace.prepare(start)
        if prepared.resumed:
            logger.info("Trial %s goes on in %s.", trial.id, prepared.path)
        elif trial.parent is not None:
            logger.info("Trial %s starts from %s: %s.", trial.id, trial.parent, prepared.transfer)

    def completing(self, client: Any, trial: Any) -> None:
        """Keep the files of a trial before anybody hears that it is completed.

        Raises
        ------
        CheckpointError
            If they cannot be kept; the trial has to break then.
        """
        if not _is_there(trial):
            return
        settings = self.settings
        store = _local(trial, settings)
        if settings.transfer == "link":
            linked.check(store, _key(trial))
        if settings.store:
            moved = open_store(settings.store, client.name).put(_key(trial), _path(trial))
            logger.info("Trial %s is kept in %s: %s.", trial.id, settings.store, moved)
        Workspace(store).mark_completed(_key(trial))

    def breaking(self, client: Any, trial: Any) -> None:
        """Note that a trial breaks: its files are not for another attempt."""
        if not _is_there(trial):
            return
        settings = self.settings
        store = _local(trial, settings)
        if settings.transfer == "link":
            linked.check(store, _key(trial))
        Workspace(store).mark_broken(_key(trial))

    def settled(self, client: Any, trial: Any) -> None:
        """Remove what nothing needs any more, now that a trial was completed or broke."""
        if not trial.exp_working_dir:
            return
        settings = self.settings
        store = _local(trial, settings)
        if settings.store and trial.status == "completed":
            store.remove(_key(trial))  # it is in the store
        self._collect(client, store, settings)

    def environment(self, trial: Any) -> dict[str, str]:
        """Return where a trial's script loads from, if there is anything, and saves to.

        In a replay also the number of the replica.
        """
        path = _path(trial)
        variables = {SAVE_DIR: str(path)}
        record = DirectoryStore(Path(trial.exp_working_dir)).records[_key(trial)]
        parent = None if record is None else record.load
        own = _handed_down(path)
        # A log that was begun is no checkpoint: it is one when no file of its parent's lacks.
        if parent is not None and not (own and own >= _handed_down(Path(parent))):
            variables[LOAD_DIR] = parent
        elif own:
            variables[LOAD_DIR] = str(path)
        if record is not None and record.restarts is not None:
            variables[RESTARTS] = str(record.restarts)
        replica = replica_of(trial.params)
        if replica is not None:
            variables[REPLICA_NUMBER] = str(replica)
        return variables

    def _source(
        self, client: Any, trial: Any, store: DirectoryStore, settings: Settings
    ) -> _Source:
        """Return what hands down the files of a trial's parent."""
        parent = find_parent(client, trial)
        root = parent.root()
        if settings.store:
            remote = open_store(settings.store, client.name)
            if root is None and parent.key in remote.keys():  # noqa: SIM118 (no mapping)
                return _Source(_from(remote, parent.key), None)
        if root is None:
            if parent.was_inserted:
                logger.warning(
                    "Trial %s was inserted without files, so trial %s starts from nothing, with "
                    "its hyperparameters. To hand down a checkpoint, put it into %s.",
                    parent.key,
                    trial.id,
                    parent.places[0] / parent.key,
                )
                return _Nothing
            raise no_files(client, trial, parent)
        if settings.transfer == NONE:
            return _Source(None, root / parent.key)
        mode = settings.transfer
        if mode == "link" and linked.are_forbidden(store):
            mode = "auto"
        return _Source(_from(DirectoryStore(root, mode, flush=settings.flush), parent.key), None)

    def _collect(self, client: Any, store: DirectoryStore, settings: Settings) -> None:
        engine = engine_of(client)
        if engine is None or settings.keep == "all":
            return
        outlook = Outlook.of(engine)
        places: list[CheckpointStore] = [store]
        if settings.store:
            places.append(open_store(settings.store, client.name))
        for place in places:
            collection = collect(place, outlook, settings.policy)
            for key in collection.removed:
                logger.debug("Removed the checkpoint of trial %s.", key)


class _Source:
    """What hands down a parent's files."""

    def __init__(
        self,
        fetch: Callable[[Path, Callable[[], None]], Any] | None,
        load: Path | None,
    ) -> None:
        self.fetch = fetch
        self.load = load


_Nothing = _Source(None, None)


def engine_of(client: Any) -> Engine | None:
    """Return the engine of an experiment's algorithm, None if it is not ours."""
    algorithm = getattr(getattr(client, "algorithm", None), "unwrapped", None)
    engine = getattr(algorithm, "engine", None)
    return engine if isinstance(engine, Engine) else None


def _restarts(client: Any, trial: Any) -> int | None:
    """Return how many restarts there were before a trial; None with a rule that has none."""
    engine = engine_of(client)
    rules = [] if engine is None else rules_of(engine.exploit, RestartExploit)
    if engine is None or not rules:
        return None
    key = str(trial.id)
    if key not in engine.lineages:  # another process made it, and this one did not look since
        client.algorithm.unwrapped.refresh(client)
    if key not in engine.lineages:
        return None
    return sum(rule.restarts(engine.lineages[key], engine.lineages) for rule in rules)


def _from(store: CheckpointStore, key: str) -> Callable[[Path, Callable[[], None]], Any]:
    return lambda directory, on_progress: store.get(key, directory, on_progress)


def _give_place(client: Any, trial: Any) -> None:
    """See to it that a trial has the directory of an experiment that exists."""
    place = trial.exp_working_dir
    if client.working_dir and (not place or not os.path.isdir(place)):
        # Older databases have none; a temporary or a moved one is gone.
        trial.exp_working_dir = client.working_dir
    elif not place:
        raise CheckpointError(
            f"Trial {trial.id} has no place for its files. Set the working_dir of experiment "
            f"{client.name!r}."
        )


def _local(trial: Any, settings: Settings) -> DirectoryStore:
    mode = "auto" if settings.transfer == NONE else settings.transfer
    return DirectoryStore(Path(trial.exp_working_dir), mode, flush=settings.flush)


def _key(trial: Any) -> str:
    return str(os.path.basename(trial.working_dir))


def _path(trial: Any) -> Path:
    return Path(trial.working_dir)


def _handed_down(directory: Path) -> set[str]:
    """Return all names that are handed down from a directory; none if it is gone."""
    found = set()
    for folder, folders, files in os.walk(directory):
        below = os.path.relpath(folder, directory)
        is_top = below == os.curdir
        names = {name for name in (*folders, *files) if is_handed_down(name, is_top=is_top)}
        found |= {os.path.join(below, name) for name in names}
    return found


def _is_there(trial: Any) -> bool:
    return bool(trial.exp_working_dir) and _path(trial).is_dir()


def _time(trial: Any) -> str | None:
    return None if trial.submit_time is None else str(trial.submit_time)
