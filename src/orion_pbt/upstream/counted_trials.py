"""Whether an experiment is done, and how far it is, is known from numbers of trials.

Oríon reads all trials of all versions of an experiment, several times a trial.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import Any, Callable
from weakref import WeakKeyDictionary

from orion.core.evc.experiment import ExperimentNode, adapt_trials
from orion.core.worker.experiment import Experiment
from orion.core.worker.trial import Trial

from orion_pbt.upstream.versions import is_only_version, other_versions

IN_PROGRESS = ("new", "reserved", "interrupted")

_known: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()
"""Storage → id of an experiment → what was found out about its other versions, and when."""


def install() -> None:
    """Replace two properties of experiments."""
    Experiment.is_done = property(_is_done)
    Experiment.progress = property(_progress)


def _is_done(self: Any) -> bool:
    if count_with_versions(self, ["completed"]) >= self.max_trials:
        return True
    if not self.algorithm.is_done:
        return False
    if hasattr(getattr(self.algorithm, "unwrapped", None), "awaited"):
        # What other versions still train is no concern of an algorithm that does not await it.
        return sum(count(self._storage, self.id, IN_PROGRESS).values()) == 0
    return count_with_versions(self, IN_PROGRESS) == 0


def _progress(self: Any) -> float | None:
    if self.max_trials is None or math.isinf(self.max_trials):
        return None
    counts = count(self._storage, self.id, Trial.allowed_stati)
    if counts["completed"] > self.max_trials:
        return 1.0
    to_complete = max(self.max_trials, sum(counts.values())) - counts["broken"]
    return counts["completed"] / to_complete if to_complete else None


def count_with_versions(experiment: Any, statuses: Sequence[str]) -> int:
    """Return how many trials have one of some statuses; those of other versions count too.

    As in Oríon, a trial of another version counts if it fits into this one, and if this one has
    no copy of it.
    """
    storage, node = experiment._storage, experiment._node
    own = sum(count(storage, experiment.id, statuses).values())
    if is_only_version(node):
        return own
    others = [version.item.id for version in other_versions(node)]
    signature = [sorted(count(storage, uid, Trial.allowed_stati).items()) for uid in others]
    here = sum(count(storage, experiment.id, Trial.allowed_stati).values())

    def count_unshared() -> Counter[str]:
        ids = _ids(experiment)
        foreign = _once(storage, ("foreign", experiment.id), signature, lambda: _foreign(node))
        return Counter(status for uid, status in foreign if uid not in ids)

    unshared = _once(storage, ("unshared", experiment.id), (signature, here), count_unshared)
    return own + sum(int(unshared[status]) for status in statuses)


def _once(storage: Any, what: Any, circumstances: Any, find_out: Callable[[], Any]) -> Any:
    """Return what was found out before, unless the circumstances are others now."""
    known = _known.setdefault(storage, {})
    if what not in known or known[what][0] != circumstances:
        known[what] = circumstances, find_out()
    return known[what][1]


def count(storage: Any, uid: Any, statuses: Sequence[str]) -> Counter[str]:
    """Return how many trials of one experiment have each of some statuses."""
    if hasattr(storage, "count_trials"):
        numbers = storage.count_trials([uid])
        return Counter({status: numbers.get(status, 0) for status in statuses})
    database = getattr(storage, "_db", None)
    if database is None:
        every = Counter(trial.status for trial in storage.fetch_trials(uid=uid))
        return Counter({status: every[status] for status in statuses})
    if hasattr(database, "locked_database"):  # reads its file at each query: make it one
        with database.locked_database(write=False) as opened:
            return _count_each(opened, uid, statuses)
    return _count_each(database, uid, statuses)


def _count_each(database: Any, uid: Any, statuses: Sequence[str]) -> Counter[str]:
    return Counter(
        {
            status: database.count("trials", {"experiment": uid, "status": status})
            for status in statuses
        }
    )


def _ids(experiment: Any) -> Container[str]:
    storage = experiment._storage
    if hasattr(storage, "fetch_trial_statuses"):
        statuses: Mapping[str, str] = storage.fetch_trial_statuses(experiment.id)
        return statuses
    return {trial.id for trial in storage.fetch_trials(uid=experiment.id)}


def _foreign(node: ExperimentNode) -> list[tuple[str, str]]:
    """Return id and status of the trials of other versions, adapted to this one as Oríon does."""

    def retrieve(version: ExperimentNode, further: Any) -> Any:
        trials = [] if version is node else version.item.fetch_trials(with_evc_tree=False)
        return {"trials": trials, "experiment": version.item}, further

    parents = None if node.parent is None else node.parent.map(retrieve, node.parent.parent)
    tree = node.map(retrieve, node.children)
    tree.set_parent(parents)
    adapt_trials(tree)
    return [
        (trial.compute_trial_hash(trial, ignore_lie=True), trial.status)
        for version in tree.root
        for trial in version.item["trials"]
    ]
