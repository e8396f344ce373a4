"""An operator that is a function of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy

from orion_pbt.errors import ConfigurationError
from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.settings import UserFunction
from orion_pbt.space import Categorical, Dimension, Integer, Params, Real, Space, Value

ARGUMENTS = ("rng", "space", "params", "fork")


@dataclass(frozen=True)
class UserExplore(Explore):
    """A function of yours varies the hyperparameters.

    It is called with those of ``rng``, ``space``, ``params`` and ``fork`` that it names, see
    `Explore.__call__`, and returns new values by name; what it leaves out stays as it is. The
    names are those of `space`. It has to draw what is random from ``rng``, so that it gives the
    same each time that it is given the same.

    Parameters
    ----------
    function:
        ``'module:function'``; the module is one that can be imported, or a file in the working
        directory. The settings take the text alone, too: ``explore: 'module:function'``.

    Raises
    ------
    ConfigurationError
        If the function cannot be imported, needs other arguments, or returns what is outside the
        search space.
    """

    function: str

    def __post_init__(self) -> None:
        UserFunction("UserExplore.function", self.function, ARGUMENTS).load()

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        function = UserFunction("UserExplore.function", self.function, ARGUMENTS)
        found = function(rng=rng, space=space, params=dict(params), fork=fork)
        if not isinstance(found, Mapping):
            raise self._error(
                f"returned {found!r}",
                "it has to return values by name",
                "Return a dictionary, empty to leave all as it is.",
            )
        new = dict(params)
        for name, value in found.items():
            if name not in space:
                raise self._error(
                    f"returned a value for {name!r}",
                    f"what may be varied is {', '.join(space)}",
                    "Return values for those only.",
                )
            if repr(value) != repr(params[name]):  # that one may be outside of a narrower range
                new[name] = self._checked(space[name], value)
        return new

    def _checked(self, dimension: Dimension, value: Any) -> Value:
        plain = value.tolist() if isinstance(value, (numpy.ndarray, numpy.generic)) else value
        if not _has_shape(plain, dimension.shape):
            shape = f"its shape is {dimension.shape}"
            raise self._error(f"set {dimension.name} to {value!r}", shape, "Keep it.")
        if not all(_is_inside(dimension, element) for element in dimension.elements(plain)):
            raise self._error(
                f"set {dimension.name} to {value!r}",
                _wanted(dimension),
                f"space[{dimension.name!r}].tidy brings a number inside.",
            )
        return dimension.map(dimension.tidy, plain)

    def _error(self, did: str, rule: str, remedy: str) -> ConfigurationError:
        return ConfigurationError(f"{self.function} {did}, but {rule}. {remedy}")


def _has_shape(value: Any, shape: tuple[int, ...]) -> bool:
    if not shape:
        return True
    is_list = isinstance(value, (list, tuple)) and len(value) == shape[0]
    return is_list and all(_has_shape(part, shape[1:]) for part in value)


def _is_inside(dimension: Dimension, element: Any) -> bool:
    if isinstance(dimension, Categorical):
        return element in dimension.choices
    assert isinstance(dimension, (Real, Integer))
    if not isinstance(element, (int, float)) or isinstance(element, bool):
        return False
    is_whole = isinstance(dimension, Real) or float(element).is_integer()
    return dimension.low <= element <= dimension.high and is_whole


def _wanted(dimension: Dimension) -> str:
    if isinstance(dimension, Categorical):
        return f"it is one of {list(dimension.choices)}"
    assert isinstance(dimension, (Real, Integer))
    kind = "whole" if isinstance(dimension, Integer) else "real"
    return f"it is a {kind} number from {dimension.low:g} to {dimension.high:g}"
