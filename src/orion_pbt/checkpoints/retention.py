"""Which checkpoints stay and which go, as a pure function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orion_pbt.checkpoints.outlook import Outlook, needed
from orion_pbt.errors import bad_setting
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status, is_rankable, rank

NOT_OURS = "it is not of this population"
GOES = "nothing can need it any more"


@dataclass(frozen=True)
class Policy:
    """What is kept beside what is needed.

    Parameters
    ----------
    keep_all:
        Whether nothing is ever removed.
    best:
        How many of the best members of all are kept; at least 1.
    each_generation:
        Whether the best member of each generation is kept.
    quota:
        Bytes that all checkpoints together may take. Above it, what is kept for no need goes, the
        worst first, but never the best member, nor what is needed. None for no limit.
    """

    keep_all: bool = False
    best: int = 1
    each_generation: bool = False
    quota: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.best, int) or isinstance(self.best, bool) or self.best < 1:
            raise bad_setting("best", self.best, "at least the best one is kept", "Use e.g. 1.")
        if self.quota is not None and self.quota <= 0:
            raise bad_setting(
                "quota", self.quota, "it is a number of bytes above 0", "Leave it out."
            )


@dataclass(frozen=True)
class Verdict:
    """Whether one checkpoint stays.

    Parameters
    ----------
    key:
        Id of its trial.
    stays:
        Whether it stays.
    reason:
        Why, for a person to read.
    is_needed:
        Whether it stays because something may need it, and not only because it is of interest.
    size:
        Bytes, if known.
    """

    key: str
    stays: bool
    reason: str
    is_needed: bool = False
    size: int | None = None


def judge(outlook: Outlook, sizes: Mapping[str, int | None], policy: Policy) -> list[Verdict]:
    """Judge each checkpoint that is there.

    Parameters
    ----------
    outlook:
        The population.
    sizes:
        Keys of the checkpoints that are there → bytes, None if not known.
    policy:
        What is kept beside what is needed.

    Returns
    -------
    list of Verdict
        One for each key of `sizes`, in that order. Keys that are no members stay.
    """
    reasons = needed(outlook)
    interests = _interests(outlook, sizes, policy)
    verdicts = []
    for key, size in sizes.items():
        if key not in outlook.lineages:
            verdicts.append(Verdict(key, True, NOT_OURS, size=size))
        elif key in reasons:
            verdicts.append(Verdict(key, True, reasons[key], True, size))
        elif key in interests:
            verdicts.append(Verdict(key, True, interests[key], False, size))
        elif policy.keep_all:
            verdicts.append(Verdict(key, True, "nothing is to be removed", False, size))
        else:
            verdicts.append(Verdict(key, False, GOES, False, size))
    return verdicts if policy.quota is None else _within(verdicts, outlook, policy)


def _interests(outlook: Outlook, present: Iterable[str], policy: Policy) -> dict[str, str]:
    """Return what is kept for no need → why."""
    lineages = outlook.lineages
    members = [lineages[key] for key in present if key in lineages]
    reasons: dict[str, str] = {}
    # All that was the best is still there, so the best of those present are the best of all.
    ranked = sorted(filter(is_rankable, members), key=rank)
    for place, member in enumerate(ranked[: policy.best], 1):
        reasons[member.key] = "it is the best" if place == 1 else f"it is the best but {place - 1}"
    for member in members:
        if member.status is Status.COMPLETED and _is_end(lineages, member):
            reasons.setdefault(member.key, "it is the end of its line")
        elif member.status is Status.BROKEN and _is_last_attempt(lineages, member):
            reasons.setdefault(member.key, "it broke last, and you may want to know why")
    if policy.each_generation:
        seen = set()
        for member in ranked:
            if member.generation not in seen:
                seen.add(member.generation)
                reasons.setdefault(member.key, f"it is the best of generation {member.generation}")
    return reasons


def _is_end(lineages: Lineages, member: Member) -> bool:
    """Whether a line ends with a member: no next trial of it was completed or is pending."""
    return all(child.status is Status.BROKEN for child in lineages.successors(member.key))


def _is_last_attempt(lineages: Lineages, member: Member) -> bool:
    ancestor = lineages.true_ancestor(member.key)
    if ancestor is None:
        return False
    return lineages.successors(ancestor.key)[-1].key == member.key


def _within(verdicts: list[Verdict], outlook: Outlook, policy: Policy) -> list[Verdict]:
    """Let go of what is only of interest, the worst first, until the rest is within the quota."""
    assert policy.quota is not None
    total = sum(verdict.size or 0 for verdict in verdicts if verdict.stays)
    if policy.keep_all or total <= policy.quota:
        return verdicts
    members = {
        verdict.key: outlook.lineages[verdict.key]
        for verdict in verdicts
        if verdict.stays and not verdict.is_needed and verdict.reason != NOT_OURS
    }
    best = min(filter(is_rankable, members.values()), key=rank, default=None)
    gone = set()
    for member in sorted(members.values(), key=rank, reverse=True):
        if total > policy.quota and (best is None or member.key != best.key):
            gone.add(member.key)
            total -= next(v.size or 0 for v in verdicts if v.key == member.key)
    return [
        Verdict(v.key, False, f"it would be kept ({v.reason}), but for the quota", False, v.size)
        if v.key in gone
        else v
        for v in verdicts
    ]
