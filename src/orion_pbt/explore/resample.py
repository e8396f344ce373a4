"""Resampling: now and then, start anew from the prior."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy

from orion_pbt.errors import bad_setting
from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.settings import OURS
from orion_pbt.space import Params, Space, Value


@dataclass(frozen=True)
class ResampleExplore(Explore):
    """With some probability, draw hyperparameters from the prior; else leave them.

    Resampling of Jaderberg et al. 2017 (arXiv 1711.09846, section 4.1.1). All hyperparameters are
    drawn together, as in Oríon's own, or each by itself, as in the paper.

    Parameters
    ----------
    probability:
        In [0, 1].
    per_dimension:
        Whether each hyperparameter is drawn anew with that probability, whatever becomes of the
        others.

    Raises
    ------
    ConfigurationError
        If a setting is out of its range.
    """

    probability: float = 0.2
    per_dimension: bool = field(default=False, metadata=OURS)

    def __post_init__(self) -> None:
        if not isinstance(self.probability, (int, float)) or not 0 <= self.probability <= 1:
            raise bad_setting(
                "ResampleExplore.probability",
                self.probability,
                "it must be inside [0, 1]",
                "Use e.g. 0.2.",
            )
        if not isinstance(self.per_dimension, bool):
            raise bad_setting(
                "ResampleExplore.per_dimension",
                self.per_dimension,
                "it must be true or false",
                "Leave it out for false.",
            )

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        if not self.per_dimension:
            return space.sample(rng) if rng.random() < self.probability else dict(params)
        return {
            name: dimension.sample(rng) if rng.random() < self.probability else params[name]
            for name, dimension in space.items()
        }
