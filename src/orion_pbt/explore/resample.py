"""Resampling: now and then, start anew from the prior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from orion_pbt.errors import bad_setting
from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.space import Params, Space, Value


@dataclass(frozen=True)
class ResampleExplore(Explore):
    """With some probability, draw all hyperparameters from the prior; else leave them.

    Resampling of Jaderberg et al. 2017 (arXiv 1711.09846, section 4.1.1), of all hyperparameters
    together, as in Oríon's own.

    Parameters
    ----------
    probability:
        In [0, 1].
    """

    probability: float = 0.2

    def __post_init__(self) -> None:
        if not isinstance(self.probability, (int, float)) or not 0 <= self.probability <= 1:
            raise bad_setting(
                "ResampleExplore.probability",
                self.probability,
                "it must be inside [0, 1]",
                "Use e.g. 0.2.",
            )

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        return space.sample(rng) if rng.random() < self.probability else dict(params)
