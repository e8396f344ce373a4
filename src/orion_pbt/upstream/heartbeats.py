"""Beats at intervals, of everything that a process keeps alive, from one thread."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Callable

logger = logging.getLogger(__name__)


class Heartbeat:
    """Something that has to be said again and again.

    Parameters
    ----------
    beat:
        Says it; returns whether it may be said again.
    interval:
        Seconds between two beats.
    """

    def __init__(self, beat: Callable[[], object], interval: float) -> None:
        self.due = time.monotonic() + interval
        self._beat = beat
        self._interval = interval

    def start(self) -> None:
        """Beat from now on."""
        _ward().admit(self)

    def stop(self) -> None:
        """Beat no more."""
        _ward().dismiss(self)

    def beat(self) -> bool:
        """Beat once; return whether to go on."""
        self.due = time.monotonic() + self._interval
        try:
            return bool(self._beat())
        except Exception as error:  # noqa: BLE001  # of any storage; the next beat may succeed
            logger.warning("A heartbeat failed: %s", error)
            return True


class Ward:
    """The heartbeats of a process, and the thread they come from."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._beating: set[Heartbeat] = set()
        self._changed = threading.Condition()
        self._wakes_at = 0.0
        self._thread: threading.Thread | None = None

    def admit(self, heartbeat: Heartbeat) -> None:
        """Let it beat when it is due."""
        with self._changed:
            self._beating.add(heartbeat)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="orion-pbt-heartbeat", daemon=True
                )
                self._thread.start()
            elif heartbeat.due < self._wakes_at:
                self._changed.notify()

    def dismiss(self, heartbeat: Heartbeat) -> None:
        """Let it beat no more; one beat may be under way."""
        with self._changed:
            self._beating.discard(heartbeat)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._beating:
                    self._thread = None
                    return
                self._wakes_at = min(heartbeat.due for heartbeat in self._beating)
                self._changed.wait(max(0.0, self._wakes_at - time.monotonic()))
                now = time.monotonic()
                due = [heartbeat for heartbeat in self._beating if heartbeat.due <= now]
            for heartbeat in due:
                if not heartbeat.beat():
                    self.dismiss(heartbeat)


_wards: list[Ward] = []


def _ward() -> Ward:
    """Return the ward of this process; a forked child has its own."""
    if not _wards or _wards[-1].pid != os.getpid():
        _wards.append(Ward())
    return _wards[-1]
