"""A member of the population at one generation."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from orion_pbt.space import Params


class Status(enum.Enum):
    """How far the training of a member at one generation has come."""

    PENDING = "pending"
    COMPLETED = "completed"
    BROKEN = "broken"


@dataclass(frozen=True)
class Member:
    """A member of the population at one generation: the record of one trial.

    Parameters
    ----------
    key:
        Unique name; under Oríon, the id of the trial.
    params:
        Hyperparameters, without the fidelity.
    generation:
        Number of branchings since the root, from 0.
    parent:
        Key of the member whose checkpoint this one starts from; None for a root.
    base:
        Key of the member that this one replaced, if it is a fork (the jump edge).
    status:
        Whether it is still to be trained, was trained, or broke.
    objective:
        What is minimised; ``inf`` is a legal bad score and NaN ranks last. None until completed.
    reported:
        What the user's script reported, where that is not the objective (it was maximised).
    """

    key: str
    params: Params = field(hash=False)
    generation: int = 0
    parent: str | None = None
    base: str | None = None
    status: Status = Status.PENDING
    objective: float | None = None
    reported: float | None = None

    @property
    def true_ancestor(self) -> str | None:
        """Key to go back to when this member breaks: the base if there is one, else the parent."""
        return self.base if self.base is not None else self.parent

    @property
    def score(self) -> float | None:
        """What a person reads: the reported value if there is one, else the objective."""
        return self.objective if self.reported is None else self.reported
