"""The one total order on members: the smaller rank is the better member."""

from __future__ import annotations

import math

from orion_pbt.population.member import Member, Status


def is_rankable(member: Member) -> bool:
    """Whether a member was completed with an objective that can be compared."""
    return (
        member.status is Status.COMPLETED
        and member.objective is not None
        and not math.isnan(member.objective)
    )


def rank(member: Member) -> tuple[bool, float, str]:
    """Return the sort key of a member.

    Members that broke, are pending or reported NaN come last; then the objective decides, where
    ``inf`` is a legal bad score; then the key, so that two members never tie. (With a strict
    comparison of objectives, two symmetric members would never copy each other.)
    """
    if is_rankable(member):
        assert member.objective is not None
        return False, member.objective, member.key
    return True, math.inf, member.key
