"""The interface of an explore operator."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy

from orion_pbt.space import Params, Space, Value


class Explore(ABC):
    """Varies the hyperparameters of a member that was copied.

    An operator is a frozen dataclass of its settings without any state: the same arguments give
    the same values. It gets its randomness passed in. What it returns lies inside the bounds and
    has the type of what it was given.
    """

    @abstractmethod
    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params
    ) -> dict[str, Value]:
        """Return new hyperparameters.

        Parameters
        ----------
        rng:
            Randomness that belongs to this decision alone.
        space:
            The search space, without the fidelity.
        params:
            The hyperparameters of the copied member, on the user's scale.
        """
