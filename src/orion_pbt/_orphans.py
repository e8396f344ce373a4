"""Ending a worker or a script whose parent was killed, so that no two train in one directory.

The process that runs an experiment tells the storage that its trials are alive. If it is killed,
they count as lost after a while, and others go on with them: what it started must not.
"""

from __future__ import annotations

import ctypes
import functools
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing import connection
from typing import Callable

STATUS = 70
"""Exit status of a worker that ended because its parent was gone."""

_PR_SET_PDEATHSIG = 1
# Found here: little may be done between a fork and the program.
_prctl = ctypes.PyDLL(None).prctl if sys.platform == "linux" else None


def end_with(caller: int) -> None:
    """End this process as soon as the caller is gone, if `multiprocessing` started it there.

    Parameters
    ----------
    caller:
        Number of the process that has the work done.
    """
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid == caller:
        _watch(os.getpid(), parent.sentinel)


@functools.lru_cache(maxsize=1)
def _watch(pid: int, sentinel: int) -> None:
    """Watch, once a process: the arguments tell a forked one from the one it was forked from."""

    def watch() -> None:
        connection.wait([sentinel])
        os._exit(STATUS)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


def ending_with(parent: int) -> Callable[[], None] | None:
    """Return the ``preexec_fn`` of a script that gets SIGTERM when the process that starts it dies.

    The kernel means the thread that starts it, which therefore has to wait until the script ends.

    Parameters
    ----------
    parent:
        Number of the process that starts it.

    Returns
    -------
    callable or None
        None where the system has no such signal; Linux has.
    """
    return None if _prctl is None else functools.partial(_ask_for_signal, parent)


def _ask_for_signal(parent: int) -> None:
    assert _prctl is not None
    _prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:  # it died before
        os._exit(STATUS)
