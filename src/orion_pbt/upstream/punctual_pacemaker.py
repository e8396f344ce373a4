"""A reserved trial's heart beats twice in the interval that is configured, through thick and thin.

Oríon's beats every 60 s whatever ``heartbeat`` says, so a short heartbeat makes living workers
lose their trials. It stops for ever at the first error of the storage, and starts a thread for
each trial.
"""

from __future__ import annotations

from typing import Any, Callable

import orion.core
from orion.client.experiment import ExperimentClient

from orion_pbt.upstream.heartbeats import Heartbeat

BEATS_PER_LEASE = 5
"""A living worker renews its reservation at least this often while it lasts."""


def install() -> None:
    """Let clients use the heartbeat they were given, and one thread."""
    ExperimentClient.__init__ = _init(ExperimentClient.__init__)
    ExperimentClient._maintain_reservation = _maintain_reservation


def _init(own: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        own(self, *args, **kwargs)
        storage: Any = getattr(self._experiment, "storage", None)
        if hasattr(storage, "heartbeat"):
            storage.heartbeat = self.heartbeat  # a lease lasts for 5 of those who reserve

    return init


def _maintain_reservation(self: Any, trial: Any) -> None:
    # Half of the default of 120 s are Oríon's 60 s. With Oríon's storages a trial is lost 5
    # heartbeats after the last beat, and it is the global heartbeat that counts.
    interval = min(self.heartbeat, orion.core.config.worker.heartbeat) / 2
    storage = self.storage
    lease = getattr(storage, "trial_lease", None)
    if lease is not None:  # of the storage's own, which knows of no heartbeat
        interval = min(interval, lease / BEATS_PER_LEASE)
    heartbeat = Heartbeat(lambda: storage.update_heartbeat(trial), interval)
    self._pacemakers[trial.id] = heartbeat
    heartbeat.start()
