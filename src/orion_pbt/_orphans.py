"""Ending a worker whose parent was killed, so that no two train in one directory.

The process that called `workon` tells the storage that its trials are alive. If it is killed, they
count as lost after a while, and others go on with them: a worker that is left must not.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import threading
from multiprocessing import connection

STATUS = 70
"""Exit status of a worker that ended because its parent was gone."""


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
