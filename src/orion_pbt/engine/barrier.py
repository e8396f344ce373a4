"""Waiting for the whole generation: what makes population based training synchronous."""

from __future__ import annotations

import math
from collections.abc import Iterable

from orion_pbt.engine.history import History
from orion_pbt.errors import bad_setting
from orion_pbt.lineage import Lineages


class Barrier:
    """A generation is decided about when it is complete.

    Who may still complete it is waited for: members that are trained, or will be, in it or in an
    earlier generation, also those whose line went back there. Who was given up is not. Where a
    quorum has completed the generation, the rest is not waited for either, and is compared with it
    as it arrives. All this is counted in results, not in seconds.

    Parameters
    ----------
    quorum:
        Share of the population that is enough; in (0, 1]. Below 1, who is among the quorum, and
        so a decision, hangs on who was faster.

    Raises
    ------
    ConfigurationError
        If the quorum is out of its range.
    """

    def __init__(self, quorum: float = 1.0) -> None:
        is_number = isinstance(quorum, (int, float)) and not isinstance(quorum, bool)
        if not is_number or not 0 < quorum <= 1:
            raise bad_setting(
                "quorum",
                quorum,
                "it is the share of the population that is waited for, above 0 and at most 1",
                "Use e.g. 0.75, or leave it out to wait for all.",
            )
        self.quorum = quorum

    def missing(self, history: History, generation: int, population_size: int) -> int:
        """Return how many members a generation still waits for; 0 if it can be decided about."""
        lineages, queue = history.lineages, history.queue
        arrived, behind = gather(lineages, history.pending, queue, generation)
        short = math.ceil(self.quorum * population_size - 1e-9) - len(arrived)
        return max(0, min(short, len(behind) + max(0, history.missing_roots)))


def gather(
    lineages: Lineages, pending: Iterable[str], undecided: Iterable[str], generation: int
) -> tuple[set[str], set[str]]:
    """Return the lines that have completed a generation, and those on their way to it.

    A line that went back to an earlier generation is on its way again.

    Parameters
    ----------
    lineages:
        All members.
    pending, undecided:
        Keys of the members that are trained, or will be, and of those to be decided about.
    generation:
        Which one. What is archived of it does not count.
    """
    behind = {lineages.line_root(key) for key in pending if lineages[key].generation <= generation}
    behind.update(
        lineages.line_root(key) for key in undecided if lineages[key].generation < generation
    )
    completed = {lineages.line_root(member.key) for member in lineages.completed_at(generation)}
    return completed - behind, behind
