"""An operator for each hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy

from orion_pbt.errors import bad_setting
from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.explore.pipeline import PipelineExplore, first_objection
from orion_pbt.settings import NAMED_PARTS, PARTS
from orion_pbt.space import Params, Space, Value


@dataclass(frozen=True)
class ByNameExplore(Explore):
    """Vary some hyperparameters by operators of their own, and the others by another one.

    Parameters
    ----------
    explores:
        Operators by the name of a hyperparameter, with or without the slash before it; at least
        one.
    default:
        The operators of all others together: the first that changes anything decides. Without one
        they stay.

    Raises
    ------
    ConfigurationError
        If there is no operator, or the search space has no hyperparameter of that name.
    """

    explores: Mapping[str, Explore] = field(hash=False, metadata=NAMED_PARTS)
    default: tuple[Explore, ...] = field(default=(), metadata=PARTS)

    def __post_init__(self) -> None:
        if not self.explores:
            raise bad_setting(
                "ByNameExplore.explores",
                dict(self.explores),
                "it needs an operator for at least one hyperparameter",
                "Add e.g. {'momentum': {'perturb': {'scale': 'odds'}}}.",
            )

    def check(self, space: Space) -> None:
        """See `Explore.check`."""
        known = {name.lstrip("/") for name in space}
        for name in self.explores:
            if name.lstrip("/") not in known:
                raise bad_setting(
                    "ByNameExplore.explores",
                    name,
                    "the search space has no such hyperparameter",
                    f"It has {', '.join(sorted(known))}.",
                )
        for explore, part in self._parts(space):
            explore.check(part)

    def allows(self, params: Params) -> bool:
        """See `Explore.allows`."""
        return self.objection(params) is None

    def objection(self, params: Params) -> str | None:
        """See `Explore.objection`."""
        return first_objection(self._operators(), params)

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        new = dict(params)
        for explore, part in self._parts(space):
            new.update(explore(rng, part, {name: params[name] for name in part}, fork))
        return new

    def _operators(self) -> list[Explore]:
        return [*self.explores.values(), *self.default]

    def _parts(self, space: Space) -> list[tuple[Explore, Space]]:
        """Return the operators, each with its part of a space, if that has any."""
        explores = {name.lstrip("/"): explore for name, explore in self.explores.items()}
        parts: list[tuple[Explore, Space]] = []
        others = []
        for name, dimension in space.items():
            explore = explores.get(name.lstrip("/"))
            if explore is None:
                others.append(dimension)
            else:
                parts.append((explore, Space([dimension])))
        if others and self.default:
            parts.append((PipelineExplore(self.default), Space(others)))
        return parts
