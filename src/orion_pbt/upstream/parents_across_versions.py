"""A trial is found by its id in all versions of an experiment, and copied only where awaited.

Oríon copies a pending trial from one version to another, but looks up the trial's parent, whose
checkpoint it needs, in the new version only. And it copies each, also what the other version began
after the two went separate ways.
"""

from __future__ import annotations

import logging
from typing import Any, Callable

from orion.core.io.database import DuplicateKeyError
from orion.core.worker.experiment import Experiment

logger = logging.getLogger(__name__)


def install() -> None:
    """Let an experiment look further for an id, and ask its algorithm what it awaits."""
    Experiment.get_trial = _get_trial(Experiment.get_trial)
    Experiment.duplicate_pending_trials = _duplicating(Experiment.duplicate_pending_trials)


def _get_trial(own: Callable[..., Any]) -> Callable[..., Any]:
    def get_trial(self: Any, trial: Any = None, uid: Any = None) -> Any:
        found = own(self, trial, uid)
        root = self.refers.get("root_id")
        if found is not None or trial is not None or root is None:
            return found
        for version in _other_versions(self, root):
            found = self._storage.get_trial(uid=uid, experiment_uid=version)
            if found is not None:
                return found
        return None

    return get_trial


def _other_versions(experiment: Any, root: Any) -> list[Any]:
    """Return the ids of the other versions: those it came from, the nearest first, and the rest.

    A version that began anew may have trials of the same ids as the one that it branched off.
    """
    found = experiment._storage.fetch_experiments({"refers.root_id": root}, {"_id": 1, "refers": 1})
    parents = {version["_id"]: version["refers"].get("parent_id") for version in found}
    above = [experiment.id]
    while parents.get(above[-1]) is not None:
        above.append(parents[above[-1]])
    return [*above[1:], *(version for version in parents if version not in above)]


def _duplicating(own: Callable[[Any], None]) -> Callable[[Any], None]:
    def duplicate_pending_trials(self: Any) -> None:
        awaited = getattr(getattr(self.algorithm, "unwrapped", None), "awaited", None)
        if awaited is None:
            own(self)
            return
        self._check_if_writable()
        for found in self._select_evc_call(with_evc_tree=True, function="fetch_pending_trials"):
            trial = None if found.experiment == self.id else awaited(found)
            if trial is not None:
                _copy(self, found, trial)

    return duplicate_pending_trials


def _copy(experiment: Any, found: Any, trial: Any) -> None:
    trial.experiment = experiment.id
    trial.id_override = None
    trial.status = found.status
    trial.submit_time = found.submit_time
    trial.exp_working_dir = found.exp_working_dir  # where it may have begun
    try:
        experiment._storage.register_trial(trial)
    except DuplicateKeyError:
        logger.debug("Trial %s is there already.", trial.id)
