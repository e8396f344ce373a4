"""Hyperparameters that must not be tried together are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy

from orion_pbt.errors import bad_setting
from orion_pbt.explore import scales
from orion_pbt.explore.expressions import Expression
from orion_pbt.explore.fork import Fork
from orion_pbt.explore.pipeline import PipelineExplore
from orion_pbt.settings import UserFunction
from orion_pbt.settings.checks import check_whole
from orion_pbt.space import Dimension, Params, Space, Value

SETTING = "ConstrainedExplore.constraints"

PRIOR_DRAWS = 1000
"""Draws from the prior for one that is allowed, before giving up."""

HALVINGS = 20
"""How often a variation that is not allowed is moved half way back."""


@dataclass(frozen=True)
class ConstrainedExplore(PipelineExplore):
    """Vary by other operators, within constraints between hyperparameters.

    A variation that is not allowed is made anew, some times. If none is allowed, the last one goes
    back to the copied hyperparameters: first its categories, then its numbers, half of the way at
    a time, until it is allowed. If the copied hyperparameters are not allowed themselves, what may
    be varied is drawn from the prior until it is allowed, or stays if that does not help.

    Roots that are drawn are allowed, too, and initial points have to be; what such a point leaves
    out is drawn until it is. Those that you insert are not judged.

    Parameters
    ----------
    explore_configs:
        The operators, at least one: the first that changes anything decides.
    constraints:
        Conditions that must all hold, at least one, or one alone: expressions such as
        ``'batch * lr < 10'``, see `Expression`, or ``'module:function'`` for a function that is
        called with ``params``, all hyperparameters by name, and returns True or False.
    attempts:
        How often the operators are asked; at least 1.

    Raises
    ------
    ConfigurationError
        If a condition cannot be understood or names what is no hyperparameter, or nothing that is
        drawn from the prior is allowed.
    """

    constraints: tuple[str, ...]
    attempts: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        given: object = self.constraints
        if isinstance(given, str):
            object.__setattr__(self, "constraints", (given,))
        elif not given or not _are_texts(given):
            raise bad_setting(
                SETTING,
                self.constraints,
                "it takes at least one condition, as text",
                "Add e.g. 'batch * lr < 10'.",
            )
        check_whole("ConstrainedExplore.attempts", self.attempts, 1, "Use e.g. 10.")
        for text in self.constraints:
            if ":" in text:
                UserFunction(SETTING, text, ("params",)).load()
            else:
                Expression(SETTING, text)

    def check(self, space: Space) -> None:
        """See `Explore.check`."""
        super().check(space)
        known = {name.lstrip("/") for name in space}
        for text in self.constraints:
            for name in () if ":" in text else Expression(SETTING, text).names:
                if name not in known:
                    raise bad_setting(
                        SETTING,
                        text,
                        f"the search space has no {name!r}",
                        f"It has {', '.join(sorted(known))}.",
                    )
        rng = numpy.random.default_rng(0)
        if not any(self.allows(space.sample(rng)) for _ in range(PRIOR_DRAWS)):
            raise bad_setting(
                SETTING,
                list(self.constraints),
                f"of {PRIOR_DRAWS} draws from the prior not one satisfies it",
                "Loosen it, or narrow the search space to where it holds.",
            )

    def objection(self, params: Params) -> str | None:
        """See `Explore.objection`."""
        named = {name.lstrip("/"): value for name, value in params.items()}
        for text in self.constraints:
            if ":" not in text:
                holds = Expression(SETTING, text)(named)
            else:
                holds = UserFunction(SETTING, text, ("params",))(params=dict(params))
                if not isinstance(holds, (bool, numpy.bool_)):
                    raise bad_setting(
                        SETTING, text, f"it returned {holds!r}", "Return True or False."
                    )
            if not holds:
                return f"it breaks the constraint {text!r}"
        return super().objection(params)

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        copied = {**(fork.source or fork.donor).params, **params}
        new: dict[str, Value] = {}
        for _ in range(self.attempts):
            new = super().__call__(rng, space, params, fork)
            if self.allows({**copied, **new}):
                return new
        if self.allows(copied):
            return self._back(space, params, new, copied)
        for _ in range(PRIOR_DRAWS):
            new = space.sample(rng)
            if self.allows({**copied, **new}):
                return new
        return dict(params)

    def _back(
        self, space: Space, params: Params, new: dict[str, Value], copied: Params
    ) -> dict[str, Value]:
        for name, dimension in space.items():
            if not scales.is_ordered(dimension):
                new[name] = params[name]
        for _ in range(HALVINGS):
            if self.allows({**copied, **new}):
                return new
            for name, dimension in space.items():
                if scales.is_ordered(dimension):
                    goals = iter(dimension.elements(params[name]))
                    new[name] = dimension.map(partial(_half_way, dimension, goals), new[name])
        return dict(params)


def _are_texts(given: object) -> bool:
    return isinstance(given, (list, tuple)) and all(isinstance(text, str) for text in given)


def _half_way(dimension: Dimension, goals: Iterator[Value], element: Value) -> Value:
    way = scales.place(dimension, next(goals)) - scales.place(dimension, element)
    return scales.moved(dimension, element, way / 2)
