"""What selection and exploration are worth: strategies that leave one of them out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy

from orion_pbt.exploit import CopyFrom, Decision, Exploit, Keep, TruncateExploit
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member


@dataclass(frozen=True)
class NoneExploit(Exploit):
    """Each member goes on with what it has: random search."""

    def __call__(self, rng: numpy.random.Generator, member: Member, lineages: Lineages) -> Decision:
        """See `Exploit.__call__`."""
        return Keep()


@dataclass(frozen=True)
class SelfExploit(Exploit):
    """Each member copies itself, and so varies its hyperparameters: exploration alone."""

    def __call__(self, rng: numpy.random.Generator, member: Member, lineages: Lineages) -> Decision:
        """See `Exploit.__call__`."""
        return CopyFrom(member.key)


@dataclass(frozen=True)
class UnvariedExploit(TruncateExploit):
    """Truncation whose copies are not varied: selection alone."""

    def __call__(self, rng: numpy.random.Generator, member: Member, lineages: Lineages) -> Decision:
        """See `Exploit.__call__`."""
        decision = super().__call__(rng, member, lineages)
        return replace(decision, varies=False) if isinstance(decision, CopyFrom) else decision
