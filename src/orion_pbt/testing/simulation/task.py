"""What a simulated population trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy

from orion_pbt.space import Params

State = Any
"""What training leaves behind, the counterpart of a checkpoint: anything `copy.deepcopy` copies."""


class Task(Protocol):
    """Something to train.

    Attributes
    ----------
    space:
        Oríon's priors by name, one of them a fidelity.
    """

    @property
    def space(self) -> Mapping[str, str]: ...

    def begin(self, rng: numpy.random.Generator) -> State:
        """Return the state that a root starts from."""

    def train(
        self, state: State, params: Params, begin: int, end: int, rng: numpy.random.Generator
    ) -> tuple[State, float]:
        """Train from fidelity `begin` to `end`.

        Parameters
        ----------
        state:
            A copy of what the parent left, free to be changed.
        params:
            The hyperparameters, without the fidelity.
        begin, end:
            What was trained already, 0 for a root, and up to where to train now.
        rng:
            The luck of this trial, which follows from the seed and the trial.

        Returns
        -------
        tuple
            The new state, and its score, of which more is better.
        """
