"""Leases: a claim on a trial, or on an algorithm's lock, that ends by itself.

A claim has an owner, for people to read, a number, and an expiry by the clock that all workers
share. The number grows with each claim, so it is also a fencing token: a worker remembers the
number it got, and whatever it writes later is written only if the number is still that one. So a
worker that was stopped for longer than its lease, and wakes up after another took over, cannot
overwrite what the other does.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from typing import Callable

from orion.storage.base import FailedUpdate, LockAcquisitionTimeout

from orion_pbt.errors import StorageError

logger = logging.getLogger(__name__)

LOCK_LEASE = 30.0
"""Seconds for which a worker that was killed inside the algorithm's lock keeps the others out."""
BEATS_PER_LEASE = 5
"""A living owner renews its lease this often while it lasts."""


class LeaseLost(StorageError, FailedUpdate, LockAcquisitionTimeout):
    """The lease of this worker had expired and another took over; nothing was written.

    It is one of Oríon's own two errors as well, which its runner answers by trying again.
    """


def new_owner() -> str:
    """Return a name for this process that no other has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Keeper:
    """Renews leases from a thread while their owner is busy.

    Deciding may take longer than a lease, and nobody but the owner knows that it is alive. The
    thread sleeps through claims that are shorter than the time between two renewals, and ends when
    it wakes up to nothing.

    Parameters
    ----------
    renew:
        Called with a key and a claim number.
    lease:
        Seconds from one renewal to the expiry.
    """

    def __init__(self, renew: Callable[[str, int], object], lease: float) -> None:
        self._renew = renew
        self._interval = lease / BEATS_PER_LEASE
        self._start_over()

    def _start_over(self) -> None:
        self._pid = os.getpid()
        self._mutex = threading.Lock()
        self._held: dict[str, int] = {}
        self._thread: threading.Thread | None = None

    def hold(self, key: str, claim: int) -> None:
        """Renew the lease of a claim from now on."""
        if self._pid != os.getpid():  # a forked child has neither the claims nor the thread
            self._start_over()
        with self._mutex:
            self._held[key] = claim
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._keep, name="orion-pbt-leases", daemon=True
                )
                self._thread.start()

    def let_go(self, key: str, claim: int) -> None:
        """Renew it no more; a newer claim, of another thread, is kept."""
        with self._mutex:
            if self._held.get(key) == claim:
                del self._held[key]

    def claim_of(self, key: str) -> int | None:
        """Return the number of the claim this process made and has not let go of, if any."""
        return self._held.get(key) if self._pid == os.getpid() else None

    def _keep(self) -> None:
        while True:
            time.sleep(self._interval)
            with self._mutex:
                held = dict(self._held)
                if not held:
                    self._thread = None
                    return
            for key, claim in held.items():
                try:
                    self._renew(key, claim)
                except Exception as error:  # noqa: BLE001  # the next try may succeed in time
                    logger.warning("A lease could not be renewed: %s", error)
