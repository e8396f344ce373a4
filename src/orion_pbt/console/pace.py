"""How many trials are completed a minute, over the last while."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterable

WINDOW = 600.0
"""Seconds that are looked back, at least."""
DURATIONS = 3.0
"""Trials' durations that are looked back, at least."""


def pace_of(completed: Iterable[tuple[float | None, float | None]], now: float) -> float | None:
    """Return the trials a minute, from when the last ones were begun and completed.

    Parameters
    ----------
    completed:
        Begin and end of the last trials, in seconds.
    now:
        The time.

    Returns
    -------
    float or None
        None if nothing was completed in the last ten minutes, or in the last while if trials take
        longer than that.
    """
    spans = [(begin, end) for begin, end in completed if begin is not None and end is not None]
    if not spans:
        return None
    duration = statistics.median(end - begin for begin, end in spans)
    since = now - max(WINDOW, DURATIONS * duration)
    recent = [(begin, end) for begin, end in spans if end > since]
    if not recent:
        return None
    elapsed = now - max(since, min(begin for begin, _ in recent))
    return 60 * len(recent) / max(elapsed, 1e-3)


class Counted:
    """The pace as it is seen by counting, where a storage does not tell times."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, completed: int) -> float | None:
        """Take note of how many trials are completed and return the trials a minute, if known."""
        self._seen.append((now, completed))
        while self._seen[0][0] < now - WINDOW:
            self._seen.popleft()
        begin, before = self._seen[0]
        if completed <= before or now <= begin:
            return None
        return 60 * (completed - before) / (now - begin)
