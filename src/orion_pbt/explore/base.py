"""The interface of an explore operator."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy

from orion_pbt.explore.fork import Fork
from orion_pbt.space import Params, Space, Value


class Explore(ABC):
    """Varies the hyperparameters of a member that was copied.

    An operator is a frozen dataclass of its settings without any state: the same arguments give
    the same values. It gets its randomness passed in. What it returns lies inside the bounds and
    has the type of what it was given.
    """

    @abstractmethod
    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """Return new hyperparameters.

        Parameters
        ----------
        rng:
            Randomness that belongs to this decision alone.
        space:
            The hyperparameters that may be varied, and the ranges they may be varied in; without
            the fidelity and without those that are frozen.
        params:
            Their values in the copied member, on the user's scale. A value may lie outside the
            range, where that is narrower than the one that roots are drawn from.
        fork:
            Who copies whom, and all that is known of the population.
        """

    def check(self, space: Space) -> None:  # noqa: B027  # most have nothing to check
        """Raise where this operator cannot work in this space.

        Parameters
        ----------
        space:
            All hyperparameters, also those that are never varied, without the fidelity.

        Raises
        ------
        ConfigurationError
            Naming the setting, its value, the rule and the remedy.
        """

    def allows(self, params: Params) -> bool:
        """Return whether all hyperparameters of a member, also of a root, may be tried together."""
        return True

    def objection(self, params: Params) -> str | None:
        """Return why hyperparameters are not allowed, for a person to read; None if they are."""
        return None if self.allows(params) else f"{type(self).__name__} forbids it"
