"""Before reserving a trial, an experiment looks for lost and shared ones only where some can be.

Oríon reads the pending trials of all versions twice, to copy those of other versions, even if
there is no other; and it finds lost trials one version at a time.
"""

from __future__ import annotations

from typing import Any, Callable

from orion.core.worker.experiment import Experiment

from orion_pbt.upstream.versions import is_only_version, other_versions


def install() -> None:
    """Replace the method that reserves."""
    Experiment.reserve_trial = _reserve_trial(Experiment.reserve_trial)


def _reserve_trial(own: Callable[..., Any]) -> Callable[..., Any]:
    def reserve_trial(self: Any, score_handle: Any = None) -> Any:
        self._check_if_executable()
        storage = self._storage
        is_only = is_only_version(self._node)
        if hasattr(storage, "interrupt_lost_trials"):
            # It takes over a lost trial as it reserves one, but not for other versions.
            if not is_only:
                storage.interrupt_lost_trials(
                    [version.item.id for version in other_versions(self._node)]
                )
        else:
            self.fix_lost_trials()
        if not is_only:
            self.duplicate_pending_trials()
        return storage.reserve_trial(self)

    return reserve_trial
