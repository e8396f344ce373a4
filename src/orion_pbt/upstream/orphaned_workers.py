"""The processes of Oríon's pool end with the process that started them.

Left alone, each trains on until its trial ends, while another worker takes the trial for lost and
trains it too, in the same directory.
"""

from __future__ import annotations

import os
from typing import Any, Callable

from orion.executor.multiprocess_backend import Pool

from orion_pbt._orphans import end_with


def install() -> None:
    """Let each process of a pool watch the one that started it."""
    Pool.__init__ = _init(Pool.__init__)


def _init(own: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, processes: int | None = None) -> None:
        own(self, processes, end_with, (os.getpid(),))

    return init
