"""A trial is found by its id in all versions of an experiment.

Oríon copies a pending trial from one version to another, but looks up the trial's parent, whose
checkpoint it needs, in the new version only.
"""

from __future__ import annotations

from typing import Any, Callable

from orion.core.worker.experiment import Experiment


def install() -> None:
    """Let an experiment look further for an id that it does not have."""
    Experiment.get_trial = _get_trial(Experiment.get_trial)


def _get_trial(own: Callable[..., Any]) -> Callable[..., Any]:
    def get_trial(self: Any, trial: Any = None, uid: Any = None) -> Any:
        found = own(self, trial, uid)
        root = self.refers.get("root_id")
        if found is not None or trial is not None or root is None:
            return found
        query = {"refers.root_id": root}
        for version in self._storage.fetch_experiments(query, {"_id": 1}):
            if version["_id"] != self.id:
                found = self._storage.get_trial(uid=uid, experiment_uid=version["_id"])
                if found is not None:
                    return found
        return None

    return get_trial
