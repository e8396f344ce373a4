"""What an engine may still ask for: which members' checkpoints a later decision may copy.

Nothing here guesses. A checkpoint that is not among the needed ones is asked for in no possible
future, whatever completes, breaks, is tried again or is inserted. So a view of the population that
is out of date is as good as a fresh one: what it lets go stays unneeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Callable

from orion_pbt.checkpoints.replaced import is_replaced_for_good
from orion_pbt.engine import Engine
from orion_pbt.engine.barrier import gather
from orion_pbt.engine.replaying import NobodyCopies
from orion_pbt.exploit import (
    BacktrackExploit,
    Exploit,
    FireExploit,
    MFExploit,
    PipelineExploit,
    RestartExploit,
    TournamentExploit,
    TruncateExploit,
    TTestExploit,
    UserExploit,
)
from orion_pbt.exploit.pipeline import rules_of
from orion_pbt.exploit.truncation import count_share
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status, is_rankable, rank


@dataclass(frozen=True)
class Outlook:
    """A population and what is still to come of it.

    Parameters
    ----------
    lineages:
        All members.
    pending:
        Keys of the members that are trained, or will be.
    undecided:
        Keys of the completed members that are still to be decided about.
    missing_roots, insertable_roots:
        Number of roots still to be drawn, and of those that the user may still insert.
    population_size, generations, exploit:
        See `orion_pbt.engine.Engine`.
    is_synchronous:
        Whether a member waits for its generation.
    """

    lineages: Lineages
    pending: Sequence[str]
    undecided: Sequence[str]
    missing_roots: int
    insertable_roots: int
    population_size: int
    generations: int
    exploit: Exploit
    is_synchronous: bool = False

    @classmethod
    def of(cls, engine: Engine) -> Outlook:
        """Return the outlook of an engine as it is now."""
        return cls(
            engine.lineages,
            tuple(engine.pending),
            tuple(engine.undecided),
            engine.missing_roots,
            engine.insertable_roots,
            engine.population_size,
            engine.generations,
            engine.exploit,
            engine.barrier is not None,
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be trained or decided."""
        return not (self.pending or self.undecided or self.missing_roots > 0)


def needed(outlook: Outlook) -> dict[str, str]:
    """Return the members whose checkpoint may still be asked for → why.

    Parameters
    ----------
    outlook:
        The population.

    Returns
    -------
    dict
        Keys, among them all that a child may be made from or a trial may start from.
    """
    lineages = outlook.lineages
    reasons: dict[str, str] = {}
    for key in outlook.undecided:
        # One that has not been replaced yet may go on, if nothing new can be copied.
        if not lineages.successors(key) or not _is_replaced_for_good(outlook, key):
            reasons.setdefault(key, "its next trial is still to be decided")
    for key in outlook.pending:
        child = lineages[key]
        reasons[key] = "it is being trained, or will be"
        if child.parent is not None:
            reasons.setdefault(child.parent, f"trial {key} starts from it")
        if child.base is not None and not _is_replaced_for_good(outlook, child.base):
            reasons.setdefault(child.base, f"its worker goes back to it if trial {key} breaks")
    for member in _substitutes(outlook):
        reasons.setdefault(member.key, "it may take the place of a root that breaks")
    for member in _donors(outlook):
        reasons.setdefault(member.key, f"members of generation {member.generation} may copy it")
    return reasons


def _is_replaced_for_good(outlook: Outlook, key: str) -> bool:
    lineages = outlook.lineages
    generation = lineages[key].generation
    # A barrier may come back as long as the generation is not complete. Who then waits in vain
    # goes on with its own files.
    if outlook.is_synchronous:
        arrived, _ = gather(lineages, outlook.pending, outlook.undecided, generation)
        if len(arrived) < outlook.population_size:
            return False
    return is_replaced_for_good(
        outlook.exploit, key, lineages, _most_completed(outlook, generation)
    )


def _substitutes(outlook: Outlook) -> Iterable[Member]:
    """Return roots that the user inserted and that become lines where another root breaks."""
    lineages = outlook.lineages
    if all(lineages[key].parent is not None for key in outlook.pending):
        return []
    return [
        root
        for root in lineages.completed_at(0)
        if root.key not in outlook.undecided
        if all(child.status is Status.BROKEN for child in lineages.successors(root.key))
    ]


def _donors(outlook: Outlook) -> Iterable[Member]:
    """Return the members that another may copy, now or later."""
    lowest = _lowest_generation(outlook)
    while True:
        donors: dict[str, Member] = {}
        for generation in range(lowest, min(outlook.generations, outlook.lineages.height)):
            found = [*_last_resorts(outlook, generation)]
            found += _copied_by(outlook.exploit, outlook, generation)
            donors.update((member.key, member) for member in found)
        # Who copies a member of an earlier generation is decided about there, once more.
        goes_back = min((member.generation + 1 for member in donors.values()), default=lowest)
        if goes_back >= lowest or _setbacks_left(outlook) == 0:
            return donors.values()
        lowest = goes_back


def _lowest_generation(outlook: Outlook) -> int:
    """Return the lowest generation of which a member may still be decided about."""
    lineages = outlook.lineages
    found = [outlook.generations]
    found += [lineages[key].generation for key in outlook.undecided]
    for key in outlook.pending:
        ancestor = lineages.true_ancestor(key)
        found += [lineages[key].generation, 0 if ancestor is None else ancestor.generation]
    if outlook.missing_roots > 0:
        found.append(0)
    return min(found)


def _most_completed(outlook: Outlook, generation: int) -> int:
    """Return how many members of a generation may be completed in the end, at most."""
    lineages = outlook.lineages
    behind = [key for key in outlook.pending if lineages[key].generation <= generation]
    behind += [key for key in outlook.undecided if lineages[key].generation < generation]
    inserted = outlook.insertable_roots if generation == 0 else 0
    return (
        lineages.count_at(generation)
        + len(behind)
        + max(0, outlook.missing_roots)
        + inserted
        + _setbacks_left(outlook)
    )


def _setbacks_left(outlook: Outlook) -> int:
    """Return how often lines may still go back to an earlier generation, in all."""
    backtracking = rules_of(outlook.exploit, BacktrackExploit)
    most = max((rule.max_backtracks for rule in backtracking), default=0)
    lineages = outlook.lineages
    # A pending member may break: then its ancestor is decided about again, as if it had never been.
    ancestors = [lineages[key].true_ancestor or key for key in outlook.pending]
    left = [max(0, most - lineages.setbacks(key)) for key in (*ancestors, *outlook.undecided)]
    return sum(left) + most * max(0, outlook.missing_roots)


def _last_resorts(outlook: Outlook, generation: int) -> Iterable[Member]:
    """Return whom the engine itself lets a member copy whose next trials broke too often.

    The best of the member's peers, which is the second best where the member is the best.
    """
    return _best(outlook, generation, 2)


def _best(outlook: Outlook, generation: int, count: int) -> Iterable[Member]:
    completed = filter(is_rankable, outlook.lineages.completed_at(generation))
    return sorted(completed, key=rank)[:count]


def _copied_by(rule: Exploit, outlook: Outlook, generation: int) -> Iterable[Member]:
    """Return whom a rule may let a member of a generation copy, now or later."""
    return DONORS.get(type(rule), _anyone)(rule, outlook, generation)


def _anyone(rule: Exploit, outlook: Outlook, generation: int) -> Iterable[Member]:
    """Answer for a rule that is not known here: it may copy whomever it likes."""
    return [member for member in outlook.lineages if member.status is Status.COMPLETED]


def _nobody(rule: Exploit, outlook: Outlook, generation: int) -> Iterable[Member]:
    return []


def _truncation(rule: Exploit, outlook: Outlook, generation: int) -> Iterable[Member]:
    assert isinstance(rule, TruncateExploit)
    most = _most_completed(outlook, generation)
    return _best(outlook, generation, count_share(rule.candidate_pool_ratio, most))


def _opponents(rule: Exploit, outlook: Outlook, generation: int) -> Iterable[Member]:
    # Anybody may be drawn, and be better than who is still to come.
    return filter(is_rankable, outlook.lineages.completed_at(generation))


def _migration(rule: Exploit, outlook: Outlook, generation: int) -> Iterable[Member]:
    # As long as a root may break, lines may change their sub-population.
    assert isinstance(rule, MFExploit)
    lineages = outlook.lineages
    roots_to_come = any(lineages[key].parent is None for key in outlook.pending)
    if roots_to_come or outlook.missing_roots > 0:
        return _opponents(rule, outlook, generation)
    return rule.donors(generation, lineages, _most_completed(outlook, generation))


def _restarting(rule: Exploit, outlook: Outlook, generation: int) -> Iterable[Member]:
    # At a restart the worse half copies the better one, otherwise fewer are copied.
    return _best(outlook, generation, max(1, _most_completed(outlook, generation) // 2))


def _backtracking_donors(rule: Exploit, outlook: Outlook, generation: int) -> Iterable[Member]:
    # A line's best only gets better, so that the rank of an elite only gets worse. At most all
    # lines of the population, as many that were inserted, and the member itself are ranked.
    assert isinstance(rule, BacktrackExploit)
    elites = sorted(outlook.lineages.elites(generation), key=rank)
    most = max(len(elites), 2 * outlook.population_size) + 1
    return elites[: count_share(rule.candidate_pool_ratio, most)]


def _pipeline(rule: Exploit, outlook: Outlook, generation: int) -> Iterable[Member]:
    assert isinstance(rule, PipelineExploit)
    return [
        member for part in rule.exploit_configs for member in _copied_by(part, outlook, generation)
    ]


DONORS: Mapping[type[Exploit], Callable[[Exploit, Outlook, int], Iterable[Member]]] = {
    BacktrackExploit: _backtracking_donors,
    FireExploit: _opponents,
    MFExploit: _migration,
    NobodyCopies: _nobody,
    PipelineExploit: _pipeline,
    RestartExploit: _restarting,
    TTestExploit: _opponents,
    TournamentExploit: _opponents,
    TruncateExploit: _truncation,
    UserExploit: _anyone,
}
"""Whom each rule may copy. A rule, also one derived from these, that is missing here makes all
checkpoints stay."""
