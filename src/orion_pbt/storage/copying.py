"""Copying an experiment from one storage to another, with all its versions, trials and states.

Both storages are spoken to by Oríon's protocol alone, so that any two will do. An experiment has
another name while it is copied, and while it is removed: who looks for it finds it whole or not at
all, and what a process left that was killed is finished or removed by the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

from orion.core.worker.trial import Trial

from orion_pbt.errors import StorageError

BATCH = 500
"""Trials written at a time. Oríon's PickledDB writes its whole file each time."""
UNFINISHED = " (being copied)"
"""What the name of an experiment ends with until it is there as a whole."""
DOOMED = " (being removed)"
"""What the name of an experiment ends with from before its first trial is removed."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Copy:
    """One version of an experiment that was copied.

    Parameters
    ----------
    name, version:
        Of the experiment.
    trials:
        How many it has.
    """

    name: str
    version: int
    trials: int


def copy_experiment(
    source: Any,
    target: Any,
    name: str,
    *,
    force: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Copy]:
    """Copy an experiment and all that it was branched from or into.

    Parameters
    ----------
    source, target:
        Storages that follow Oríon's protocol.
    name:
        Of the experiment.
    force:
        Whether to copy an experiment that workers are at; their trials are interrupted in the copy.
    progress:
        Is told what is done, in a line each time.

    Raises
    ------
    StorageError
        If there is no such experiment, workers are at it, or the target has one of that name.
        There is no copy then.
    """
    experiments = family(source, name)
    if not experiments:
        raise StorageError(f"The storage {source!r} has no experiment {name!r}; see `orion list`.")
    if not force:
        _check_idle(source, experiments)
    if _clean_up(target, experiments):
        progress("finished an earlier copy")
        return [_check_copied(source, target, document, "", force) for document in experiments]
    try:
        return _copy_all(source, target, experiments, force, progress)
    except Exception:
        _clean_up(target, experiments)
        raise


def remove_experiment(storage: Any, name: str) -> list[str]:
    """Remove an experiment and its whole family from a storage; return their names."""
    # Children first: what is not renamed yet when this process is killed has its parents.
    for experiment in reversed(family(storage, name)):
        _rename(storage, experiment["_id"], experiment["name"] + DOOMED)
    return finish_removals(storage)


def finish_removals(storage: Any) -> list[str]:
    """Remove all that `remove_experiment` has begun to remove; return the names it had."""
    doomed = [
        document for document in storage.fetch_experiments({}) if document["name"].endswith(DOOMED)
    ]
    for document in doomed:
        _remove(storage, document)
    return [document["name"][: -len(DOOMED)] for document in doomed]


def family(storage: Any, name: str) -> list[Document]:
    """Return all versions of an experiment and of those in its version tree, parents first."""
    found = {
        str(document["_id"]): document for document in storage.fetch_experiments({"name": name})
    }
    for root in [_refers(document).get("root_id") for document in found.values()]:
        if root is not None:
            for document in storage.fetch_experiments({"refers.root_id": root}):
                found.setdefault(str(document["_id"]), document)
    ordered: list[Document] = []
    waiting = list(found.values())
    while waiting:
        placed = {str(document["_id"]) for document in ordered}
        ready = [
            document
            for document in waiting
            if str(_refers(document).get("parent_id")) in placed
            or str(_refers(document).get("parent_id")) not in found
        ]
        ordered += ready or waiting
        waiting = [document for document in waiting if document not in ordered]
    return ordered


def _check_idle(source: Any, experiments: Sequence[Document]) -> None:
    busy = sum(
        len(source.fetch_trials(uid=experiment["_id"], where={"status": "reserved"}))
        for experiment in experiments
    )
    if busy:
        raise StorageError(
            f"{busy} trials of {experiments[0]['name']} are reserved by workers. End the workers "
            "first; with --force such trials are copied as interrupted, and run again from the "
            "copy."
        )


def _clean_up(target: Any, experiments: Sequence[Document]) -> bool:
    """Finish an earlier copy that was whole, or remove it; return whether it was finished.

    Raises
    ------
    StorageError
        If the target has an experiment of that name and version.
    """
    unfinished, there = [], []
    for experiment in experiments:
        version = {"version": experiment.get("version", 1)}
        unfinished += target.fetch_experiments({"name": experiment["name"] + UNFINISHED, **version})
        there += target.fetch_experiments({"name": experiment["name"], **version})
    roots = {_refers(document).get("root_id") for document in unfinished} - {None}
    if any(_refers(document).get("root_id") in roots for document in there):
        for document in unfinished:
            _rename(target, document["_id"], document["name"][: -len(UNFINISHED)])
        return True
    for document in unfinished:
        _remove(target, document)
    if there:
        raise StorageError(
            f"The storage {target!r} has an experiment {there[0]['name']}-v"
            f"{there[0].get('version', 1)} already. Look at both with `orion status`, and remove "
            "the one that you do not need with `orion db rm`, or copy to another storage."
        )
    return False


def _copy_all(
    source: Any,
    target: Any,
    experiments: Sequence[Document],
    force: bool,
    progress: Callable[[str], None],
) -> list[Copy]:
    ids: dict[str, Any] = {}
    for experiment in experiments:
        number = _copy_one(source, target, experiment, ids)
        progress(f"{experiment['name']}-v{experiment.get('version', 1)}: {number} trials")
    copies = [
        _check_copied(source, target, experiment, UNFINISHED, force) for experiment in experiments
    ]
    for experiment in experiments:
        _rename(target, ids[str(experiment["_id"])], experiment["name"])
    return copies


def _copy_one(source: Any, target: Any, experiment: Document, ids: dict[str, Any]) -> int:
    uid = experiment["_id"]
    refers = dict(_refers(experiment))
    for relation in ("parent_id", "root_id"):
        refers[relation] = ids.get(str(refers.get(relation)))
    document = {key: value for key, value in experiment.items() if key != "_id"}
    document.update(name=document["name"] + UNFINISHED, refers=refers)
    target.create_experiment(document)
    new = ids[str(uid)] = document["_id"]
    if refers["root_id"] is None:
        target.update_experiment(uid=new, refers={**refers, "root_id": new})
    trials = [_moved(trial, new) for trial in source.fetch_trials(uid=uid)]
    for start in range(0, len(trials), BATCH):
        target._db.write("trials", trials[start : start + BATCH])
    _copy_algorithm(source, target, uid, new)
    return len(trials)


def _moved(trial: Trial, experiment: Any) -> Document:
    """Return a trial as a document of another experiment, of which no worker is at it."""
    document = {**trial.to_dict(), "experiment": experiment}
    document.pop("_id", None)
    if document["status"] == "reserved":
        document.update(status="interrupted", heartbeat=None)
    return document


def _copy_algorithm(source: Any, target: Any, uid: Any, new: Any) -> None:
    found = source.get_algorithm_lock_info(uid=uid)
    if found is None:
        return
    target.delete_algorithm_lock(uid=new)
    target.initialize_algorithm_lock(new, found.configuration)
    if found.state is not None:
        with target.acquire_algorithm_lock(uid=new) as locked:
            locked.set_state(found.state)


def _rename(storage: Any, uid: Any, name: str) -> None:
    if not storage.update_experiment(uid=uid, name=name):
        raise StorageError(f"Another process removed the experiment that is to be named {name!r}.")


def _check_copied(source: Any, target: Any, experiment: Document, ending: str, force: bool) -> Copy:
    """Compare a copy, the name of which has an ending, with what it was made from."""
    name, version = experiment["name"], int(experiment.get("version", 1))
    original = _statuses(source, experiment)
    if force:
        original = {
            uid: "interrupted" if status == "reserved" else status
            for uid, status in original.items()
        }
    copied: dict[str, str] = {}
    for document in target.fetch_experiments({"name": name + ending, "version": version}):
        copied = _statuses(target, document)
    if copied != original:
        raise StorageError(
            f"The copy of {name}-v{version} differs from it: a worker was at it meanwhile. End the "
            "workers, and copy it again."
        )
    return Copy(name, version, len(original))


def _statuses(storage: Any, experiment: Document) -> dict[str, str]:
    return {trial.id: trial.status for trial in storage.fetch_trials(uid=experiment["_id"])}


def _remove(storage: Any, experiment: Document) -> None:
    uid = experiment["_id"]
    storage.delete_trials(uid=uid)
    storage.delete_algorithm_lock(uid=uid)
    storage.delete_experiment(uid=uid)


def _refers(experiment: Document) -> Document:
    return experiment.get("refers") or {}
