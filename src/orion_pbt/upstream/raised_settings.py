"""An algorithm says itself whether it can go on from what was begun with other settings.

Oríon refuses whatever differs, so that the population of an experiment could not be raised.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from orion.core.worker.experiment import Experiment


def install() -> None:
    """Let an algorithm with a method ``check_goes_on_from`` be asked."""
    Experiment.acquire_algorithm_lock = _acquiring(Experiment.acquire_algorithm_lock)


def _acquiring(own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    @contextmanager
    def acquire_algorithm_lock(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        algorithm: Any = getattr(self.algorithm, "unwrapped", None)
        check = getattr(algorithm, "check_goes_on_from", None)
        if check is None:
            with own(self, *args, **kwargs) as algorithm:
                yield algorithm
            return
        self._check_if_writable()
        with self._storage.acquire_algorithm_lock(self, *args, **kwargs) as locked:
            if locked.configuration != self.algorithm.configuration:
                check(locked.configuration)
            if locked.state:
                self.algorithm.set_state(locked.state)
            else:
                algorithm.begin(self)
            yield self.algorithm
            locked.set_state(self.algorithm.state_dict)

    return acquire_algorithm_lock
