"""Wrappers hand everything on to an algorithm that needs no wrapping.

Around each algorithm Oríon puts two wrappers, each with a deep copy of every trial, and copies and
pickles them whole at every suggestion and observation. One of them asks again 100 times, and then
warns, when an algorithm has nothing to suggest. An algorithm that works on the user's own space and
keeps its own trials needs neither.
"""

from __future__ import annotations

from typing import Any, Callable

from orion.algo.base import BaseAlgorithm
from orion.core.worker.algo_wrappers.insist_suggest import InsistSuggest
from orion.core.worker.algo_wrappers.space_transform import SpaceTransform

METHODS = ("suggest", "observe", "register", "set_state")
PROPERTIES = ("state_dict", "is_done")


def install() -> None:
    """Give both wrappers a short cut to an algorithm that says ``needs_no_wrapping``."""
    for wrapper in (InsistSuggest, SpaceTransform):
        wrapper.__init__ = _adopting_registry(wrapper.__init__)
        for name in METHODS:
            setattr(wrapper, name, _handed_on(name, getattr(wrapper, name)))
        for name in PROPERTIES:
            own = getattr(wrapper, name).fget
            setattr(wrapper, name, property(_read_through(name, own)))


def needs_no_wrapping(algorithm: BaseAlgorithm) -> bool:
    """Whether an algorithm works on the user's own space and keeps its own trials."""
    return bool(getattr(algorithm.unwrapped, "needs_no_wrapping", False))


def _adopting_registry(own: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, space: Any, algorithm: BaseAlgorithm) -> None:
        own(self, space=space, algorithm=algorithm)
        if needs_no_wrapping(algorithm):
            self.registry = algorithm.registry

    return init


def _handed_on(name: str, own: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if needs_no_wrapping(self):
            return getattr(self.unwrapped, name)(*args, **kwargs)
        return own(self, *args, **kwargs)

    return method


def _read_through(name: str, own: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(self: Any) -> Any:
        return getattr(self.unwrapped, name) if needs_no_wrapping(self) else own(self)

    return read
