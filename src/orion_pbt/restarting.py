"""How often the population has restarted, for scripts that start their weights anew, too.

A number, and not a signal: a trial that was interrupted and goes on with its own weights reads the
same again, and so does one that is evaluated later. A script that keeps the number with its weights
changes them once for each restart.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

RESTARTS = "ORION_PBT_RESTARTS"
"""Environment variable in which a worker tells a script the number of restarts."""

_of_function: ContextVar[int | None] = ContextVar("restarts", default=None)


def restarts() -> int:
    """Return how many restarts there were before this trial.

    Restarts are those of `orion_pbt.exploit.RestartExploit`. With any other rule, and without a
    worker, there are none.
    """
    found = _of_function.get()
    return int(os.environ.get(RESTARTS) or 0) if found is None else found


@contextmanager
def restarted(number: int) -> Iterator[None]:
    """Say how many restarts there were, while ``workon`` calls a user's function."""
    token = _of_function.set(number)
    try:
        yield
    finally:
        _of_function.reset(token)
