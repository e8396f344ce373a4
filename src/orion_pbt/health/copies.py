"""Whether copying others helped those who copied."""

from __future__ import annotations

from typing import Callable

from orion_pbt.health.finding import Finding
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, is_rankable, rank

LEAST = 8
"""Copies below which there is too little to judge by."""
FEW = 0.5
"""Share of copies that should have helped."""


def examine_copies(lineages: Lineages, is_for_rank: Callable[[Member], bool]) -> Finding:
    """Count the forks that came out better, in their generation, than whom they replaced in its.

    Only those that were meant to.
    """
    question = "copies that helped"
    forks = [member for member in lineages if member.base is not None and is_rankable(member)]
    forks = [fork for fork in forks if is_for_rank(fork)]
    if len(forks) < LEAST:
        return Finding(question, None, f"only {len(forks)} copies to judge by")
    helped = sum(
        _place(lineages, fork) < _place(lineages, lineages[fork.base or ""]) for fork in forks
    )
    share = helped / len(forks)
    found = f"{helped} of {len(forks)} copies rank better than whom they replaced"
    if share >= FEW:
        return Finding(question, True, found, "", share)
    remedy = (
        "what is copied does not bring its quality along. See that the script loads the checkpoint "
        "that it finds, vary less (a factor nearer to 1), or train longer between decisions"
    )
    return Finding(question, False, found, remedy, share)


def _place(lineages: Lineages, member: Member) -> float:
    """Return the rank of a member in its generation as a share: 0 for the best, 1 for the worst."""
    peers = [peer for peer in lineages.members_at(member.generation) if peer.objective is not None]
    better = sum(rank(peer) < rank(member) for peer in peers)
    return better / max(1, len(peers) - 1)
