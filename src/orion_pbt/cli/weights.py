"""Where the weights of a trial are."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orion_pbt.checkpoints.directory import DirectoryStore
from orion_pbt.checkpoints.records import REMOVED
from orion_pbt.checkpoints.settings import Settings
from orion_pbt.checkpoints.stores import open_store


@dataclass(frozen=True)
class Weights:
    """Where the weights of a trial are, or were.

    Parameters
    ----------
    path:
        The trial's directory; None if it never had one that stays.
    is_there:
        Whether the directory is there.
    note:
        For a person to read.
    is_elsewhere:
        Whether they are not there, but kept in an object store.
    """

    path: str | None
    is_there: bool
    note: str
    is_elsewhere: bool = False


def find_weights(client: Any, key: str, kept: Collection[str] | None = None) -> Weights:
    """Return where the weights of a trial are; nothing is changed or fetched.

    Parameters
    ----------
    client: orion.client.experiment.ExperimentClient
        The experiment.
    key:
        Id of the trial.
    kept:
        What `kept_elsewhere` returns, if it was called already.
    """
    places = _places(client, key)
    paths = [os.path.join(place, key) for place in places]
    for path in paths:
        if os.path.isdir(path):
            return Weights(path, True, "there")
    first = paths[0] if paths else None
    if key in (kept_elsewhere(client) if kept is None else kept):
        note = f"in the object store, {Settings.from_environment().store}"
        return Weights(first, False, note, is_elsewhere=True)
    if first is None:
        note = "not kept; set experiment.working_dir (or ORION_WORKING_DIR) to keep them"
        return Weights(None, False, note)
    record = DirectoryStore(Path(places[0])).records[key]
    if record is not None and record.state == REMOVED:
        note = "removed when nothing needed them any more; see ORION_PBT_CHECKPOINTS_BEST"
        return Weights(first, False, note)
    return Weights(first, False, "missing; was the directory moved, or is it of another host?")


def kept_elsewhere(client: Any) -> Collection[str]:
    """Return the trials of an experiment whose weights are in an object store, if there is one."""
    url = Settings.from_environment().store
    return open_store(url, client.name).keys() if url else ()


def _places(client: Any, key: str) -> list[str]:
    """Return the directories of experiments in which that of a trial may be, absolute."""
    trial = client.get_trial(uid=key)
    found = [None if trial is None else trial.exp_working_dir, client.working_dir]
    return list(dict.fromkeys(os.path.abspath(place) for place in found if place))
