"""What an explore operator may look at beside the hyperparameters that it varies."""

from __future__ import annotations

from dataclasses import dataclass

from orion_pbt.lineage import Lineages
from orion_pbt.population import Member


@dataclass(frozen=True)
class Fork:
    """A member that gives up its weights for another's.

    Parameters
    ----------
    member:
        The completed member that is replaced.
    donor:
        The completed member whose weights are copied. It is `member` itself where going on
        unchanged broke and a variation is tried.
    lineages:
        All members, read only.
    source:
        The completed member whose hyperparameters are copied, but for those that are never varied,
        which are the donor's; None where it is `donor`.
    """

    member: Member
    donor: Member
    lineages: Lineages
    source: Member | None = None
