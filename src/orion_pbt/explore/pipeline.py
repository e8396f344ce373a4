"""Several explore operators, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy

from orion_pbt.errors import bad_setting
from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.settings import PARTS
from orion_pbt.space import Params, Space, Value


@dataclass(frozen=True)
class PipelineExplore(Explore):
    """The first operator that changes anything decides.

    Parameters
    ----------
    explore_configs:
        The operators, at least one.
    """

    explore_configs: tuple[Explore, ...] = field(metadata=PARTS)

    def __post_init__(self) -> None:
        if not self.explore_configs:
            raise bad_setting(
                f"{type(self).__name__}.explore_configs",
                list(self.explore_configs),
                "it needs at least one operator",
                "Add e.g. {'of_type': 'PerturbExplore'}.",
            )

    def check(self, space: Space) -> None:
        """See `Explore.check`."""
        for explore in self.explore_configs:
            explore.check(space)

    def allows(self, params: Params) -> bool:
        """See `Explore.allows`."""
        return self.objection(params) is None

    def objection(self, params: Params) -> str | None:
        """See `Explore.objection`."""
        return first_objection(self.explore_configs, params)

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        for explore in self.explore_configs:
            new = explore(rng, space, params, fork)
            if new != params:
                return new
        return dict(params)


def first_objection(explores: Iterable[Explore], params: Params) -> str | None:
    """Return the objection of the first operator that has one."""
    objections = (explore.objection(params) for explore in explores)
    return next((found for found in objections if found is not None), None)
