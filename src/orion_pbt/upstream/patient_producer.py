"""Results that an algorithm never heard of are told to it; the lock is tried again sooner.

A worker stores a result first and tells the algorithm after. Killed in between, it leaves a trial
that is completed in the storage and awaited for ever by the algorithm. Likewise a worker killed
between registering a trial and saving the algorithm's state.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Callable

from orion.core.io.database import DuplicateKeyError
from orion.core.worker.producer import Producer
from orion.storage.base import LockAcquisitionTimeout

logger = logging.getLogger(__name__)

RETRY_INTERVAL = 0.05
"""Seconds between two tries for the algorithm's lock; Oríon waits a whole one."""
TRIES = 3
"""How often it is tried to tell a result, which is in the storage already."""
CATCH_UP_INTERVAL = 10.0
"""Seconds between two comparisons with the storage while there is nothing to suggest."""


def install() -> None:
    """Replace the producer's two methods."""
    Producer.produce = _produce(Producer.produce)
    Producer.observe = _observe


def _observe(self: Any, trial: Any) -> None:
    for _ in range(TRIES):
        try:
            with self.experiment.acquire_algorithm_lock(retry_interval=RETRY_INTERVAL) as algorithm:
                algorithm.observe([trial])
            return
        except LockAcquisitionTimeout as error:  # the lock was taken over, or busy for a minute
            logger.info("The algorithm has not heard of trial %s yet: %s", trial.id, error)
            last = error
    if not _catches_up(self.experiment):
        raise last
    logger.warning("The algorithm will hear of trial %s when it waits for it.", trial.id)


def _produce(own: Callable[..., int]) -> Callable[..., int]:
    def produce(
        self: Any, pool_size: int, timeout: float = 60, retry_interval: float = RETRY_INTERVAL
    ) -> int:
        produced = own(self, pool_size, timeout=timeout, retry_interval=retry_interval)
        is_due = time.monotonic() >= getattr(self, "catch_up_at", 0.0)
        if produced == 0 and is_due and _catches_up(self.experiment):
            self.catch_up_at = time.monotonic() + CATCH_UP_INTERVAL
            with self.experiment.acquire_algorithm_lock(retry_interval=retry_interval) as algorithm:
                produced = _catch_up(self.experiment, algorithm)
        return produced

    return produce


def _catches_up(experiment: Any) -> bool:
    """Whether the algorithm says what it awaits."""
    return hasattr(experiment.algorithm.unwrapped, "pending")


def _catch_up(experiment: Any, algorithm: Any) -> int:
    """Compare what the algorithm awaits with the storage; return how many trials are new there."""
    restored = 0
    for awaited in algorithm.unwrapped.pending:
        stored = experiment._storage.get_trial(uid=awaited.id, experiment_uid=experiment.id)
        if stored is None and algorithm.unwrapped.engine.is_inherited(awaited.id):
            stored = experiment.get_trial(uid=awaited.id)  # may be running there
        if stored is None:
            logger.warning("Trial %s was lost from the storage and is registered anew.", awaited.id)
            try:
                experiment.register_trial(awaited)
                restored += 1
            except DuplicateKeyError:
                pass  # another worker was faster
        elif stored.status in ("completed", "broken"):
            logger.info("The algorithm had not heard of %s trial %s.", stored.status, stored.id)
            algorithm.observe([stored])
    return restored
