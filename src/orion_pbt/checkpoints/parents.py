"""Finding the trial that a trial starts from, and its files.

Trials and experiments are Oríon's, of any storage: only their public methods are used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orion_pbt.checkpoints.directory import DirectoryStore
from orion_pbt.checkpoints.records import REMOVED
from orion_pbt.errors import CheckpointError


@dataclass(frozen=True)
class Parent:
    """A completed trial that another starts from.

    Parameters
    ----------
    key:
        Its id, where it was trained.
    places:
        Directories of experiments in which its own may be, the likeliest first.
    was_inserted:
        Whether the user inserted it with its results, so that it may have no files.
    """

    key: str
    places: tuple[Path, ...]
    was_inserted: bool

    def root(self) -> Path | None:
        """Return the directory of an experiment in which its files are; None if there is none."""
        for place in self.places:
            if DirectoryStore(place).layout.trial(self.key).is_dir():
                return place
        return None


def find_parent(client: Any, trial: Any) -> Parent:
    """Return the parent of a trial, also from another version of the experiment.

    Parameters
    ----------
    client: orion.client.experiment.ExperimentClient
        The experiment.
    trial: orion.core.worker.trial.Trial
        A trial that has a parent.

    Raises
    ------
    CheckpointError
        If it is not in the storage, or is not completed.
    """
    found = None
    for experiment, candidate in _candidates(client, str(trial.parent)):
        found = experiment, candidate
        if candidate.status == "completed":
            break
    if found is None:
        raise CheckpointError(
            f"Trial {trial.id} starts from trial {trial.parent}, which is in no version of "
            f"experiment {client.name!r}. If its record was deleted, delete this trial too."
        )
    experiment, parent = found
    if parent.status != "completed":
        raise CheckpointError(
            f"Trial {trial.id} starts from trial {parent.id} of {_name(experiment)}, which is "
            f"{parent.status}: its files may be half done. Let it be completed first."
        )
    places = (parent.exp_working_dir, experiment.working_dir, client.working_dir)
    return Parent(
        str(parent.id),
        tuple(dict.fromkeys(Path(place) for place in places if place)),
        parent.start_time is None,
    )


def no_files(client: Any, trial: Any, parent: Parent) -> CheckpointError:
    """Return the error for a parent whose files are in none of its places."""
    start = f"Trial {trial.id} starts from trial {parent.key}"
    for place in parent.places:
        record = DirectoryStore(place).records[parent.key]
        if record is not None and record.state == REMOVED:
            return CheckpointError(
                f"{start}, whose files were removed from {str(place)!r} when nothing needed them "
                "any more. Set ORION_PBT_CHECKPOINTS_KEEP=all in each worker's environment before "
                "the run if you want to branch off from it later."
            )
    places = " nor in ".join(repr(os.path.abspath(place)) for place in parent.places)
    which = "neither" if len(parent.places) > 1 else "not"
    here = "".join(
        f"The working_dir {str(place)!r} is relative, and was looked for below the directory that "
        f"this worker was started in, {os.getcwd()!r}. Start it where the experiment began, or "
        "write an absolute path. "
        for place in parent.places
        if not place.is_absolute()
    )
    return CheckpointError(
        f"{start}, whose directory is {which} in {places}. {here}"
        "If the experiment's directory was moved, set working_dir to where it is now "
        "(--working-dir for `orion hunt`, or working_dir in the configuration). Without a "
        "working_dir the files went when the run that made them ended."
    )


def _candidates(client: Any, key: str) -> Iterator[tuple[Any, Any]]:
    """Iterate over the experiments and their trials that are, or may be, the one of this id."""
    own = client.get_trial(uid=key)
    if own is not None:
        yield client, own
    node = getattr(client, "node", None)
    if node is None:
        return
    # The nearest first: a version that began anew may have trials of the same ids.
    above = _and_above(node)
    ids = [other.item.id for other in above]
    others = [*above[1:], *(other for other in node.root if other.item.id not in ids)]
    for other in others:
        trial = other.item.get_trial(uid=key)
        if trial is not None:
            yield other.item, trial
    # An adapter between two versions changes the hyperparameters, and so the id, of a trial.
    for other in others:
        for trial in other.item.fetch_trials():
            if any(str(seen.id) == key for seen in _adapted(trial, other, node)):
                yield other.item, trial


def _and_above(node: Any) -> list[Any]:
    """Return a version and those that it came from, the nearest first."""
    above = [node]
    while above[-1].parent is not None:
        above.append(above[-1].parent)
    return above


def _adapted(trial: Any, source: Any, target: Any) -> list[Any]:
    """Return a trial as another version of the experiment sees it; nothing if it does not."""
    above = _and_above(target)
    ids = [node.item.id for node in above]
    trials = [trial]
    node = source
    while node.item.id not in ids:
        trials = node.adapter.backward(trials)
        node = node.parent
    for below in reversed(above[: ids.index(node.item.id)]):
        trials = below.adapter.forward(trials)
    return list(trials)


def _name(experiment: Any) -> str:
    return f"{experiment.name}-v{experiment.version}"
