"""The algorithm's lock of Oríon's own storages is a lease: a killed worker's is taken over.

Oríon's has no owner and no end, so a worker that is killed inside it blocks all others until
``orion db release``.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import secrets
import time
from collections.abc import Iterator
from typing import Any

from orion.storage.base import LockAcquisitionTimeout, LockedAlgorithmState, get_uid
from orion.storage.legacy import Legacy

from orion_pbt.upstream import remembered_states
from orion_pbt.upstream.heartbeats import Heartbeat

logger = logging.getLogger(__name__)

LEASE = 60.0
"""Seconds after the last sign of life from which on a lock may be taken over."""
INTERVAL = LEASE / 4
"""Seconds between two signs of life."""
FIRST_PAUSE = 0.002
"""Seconds after which a lock is tried again; doubled each time, up to what the caller says."""


def install() -> None:
    """Replace the method that takes the lock."""
    Legacy.acquire_algorithm_lock = _acquire_algorithm_lock


@contextlib.contextmanager
def _acquire_algorithm_lock(
    self: Any,
    experiment: Any = None,
    uid: Any = None,
    timeout: float = 60,
    retry_interval: float = 1,
) -> Iterator[LockedAlgorithmState]:
    uid = get_uid(experiment, uid)
    owner = secrets.token_hex(8)
    document = _wait_for(self._db, uid, owner, timeout, retry_interval)
    mine = {"experiment": uid, "locked": 1, "owner": owner}
    heartbeat = Heartbeat(lambda: self._db.write("algo", {"heartbeat": _now()}, mine), INTERVAL)
    locked = LockedAlgorithmState(
        state=remembered_states.load(self, uid, document["state"]),
        configuration=document["configuration"],
        locked=True,
    )
    heartbeat.start()
    try:
        yield locked
    except BaseException:
        heartbeat.stop()
        locked.reset()
        _release(self, mine, locked)
        raise
    heartbeat.stop()
    if not _release(self, mine, locked):
        raise LockAcquisitionTimeout(
            "This worker was stopped for longer than its lease on the algorithm's lock, or the "
            "lock was released by force. What it decided meanwhile is dropped."
        )


def _wait_for(
    database: Any, uid: Any, owner: str, timeout: float, retry_interval: float
) -> dict[str, Any]:
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while True:
        document = _try_to_take(database, uid, owner)
        if document is not None:
            return document
        if time.monotonic() >= deadline:
            raise LockAcquisitionTimeout(
                f"The lock of experiment {uid!r} was not free for {timeout} s."
            )
        time.sleep(min(pause, retry_interval))
        pause *= 2


def _try_to_take(database: Any, uid: Any, owner: str) -> dict[str, Any] | None:
    taken = {"locked": 1, "heartbeat": _now(), "owner": owner}
    free = {"experiment": uid, "locked": 0}
    document: dict[str, Any] | None = database.read_and_write("algo", query=free, data=taken)
    if document is None:
        expiry = _now() - datetime.timedelta(seconds=LEASE)
        expired = {"experiment": uid, "locked": 1, "heartbeat": {"$lte": expiry}}
        document = database.read_and_write("algo", query=expired, data=taken)
        if document is not None:
            logger.warning(
                "A worker died while it held the lock of experiment %r; it is taken over.", uid
            )
    return document


def _release(storage: Any, mine: dict[str, Any], locked: LockedAlgorithmState) -> bool:
    freed = {"locked": 0, "heartbeat": _now()}
    if locked.state is not None:
        freed["state"] = remembered_states.dump(storage, mine["experiment"], locked.state)
    return storage._db.read_and_write("algo", query=mine, data=freed) is not None


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
