"""Pauses between two looks at a lock that somebody holds."""

from __future__ import annotations

import random
import time

SHORTEST_PAUSE = 0.001
"""Seconds of the first pause."""
LONGEST_PAUSE = 0.05
PATIENCE = 2
"""Between the two, a pause is half of the time already waited: who waits for 16 peers that decide
in milliseconds looks often, who waits for one that thinks for minutes does not."""


class Waiting:
    """Somebody who waits.

    Parameters
    ----------
    timeout:
        Seconds after which the waiting is over.
    longest:
        Seconds that a pause lasts at most.
    """

    def __init__(self, timeout: float, longest: float) -> None:
        self.timeout = timeout
        self._longest = min(longest, LONGEST_PAUSE)
        self._start = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() - self._start > self.timeout

    def pause(self) -> None:
        """Sleep for a while, not as long as others that began with this one."""
        waited = time.monotonic() - self._start
        pause = min(max(waited / PATIENCE, SHORTEST_PAUSE), self._longest)
        time.sleep(pause * (0.5 + random.random()))
