"""Small matrices on one thread: on several they are slower, and round otherwise."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[Any]:
    """Let the linear algebra of this process use one thread while the block lasts.

    With a handful of rows, threads cost more than they bring; ten times as much beside trials that
    keep all cores busy. And the last digits of a sum hang on how many threads add it up, and with
    them the hyperparameters that are chosen.
    """
    limited: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limited


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through all libraries that are loaded
