"""Removing, as the run goes, what nothing can need any more."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from orion_pbt.checkpoints.base import CheckpointStore
from orion_pbt.checkpoints.outlook import Outlook
from orion_pbt.checkpoints.retention import Policy, Verdict, judge
from orion_pbt.errors import CheckpointError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Collection:
    """What a collector did, or would do.

    Parameters
    ----------
    verdicts:
        One for each checkpoint that was there.
    removed:
        Keys of those that were removed; of those that would be, in a dry run.
    freed:
        Their size in bytes, as far as it is known.
    """

    verdicts: tuple[Verdict, ...]
    removed: tuple[str, ...]
    freed: int


def collect(
    store: CheckpointStore,
    outlook: Outlook,
    policy: Policy,
    *,
    dry_run: bool = False,
    measure: bool = False,
) -> Collection:
    """Remove the checkpoints that may go.

    Any number of processes may do so at once, also with views of the population that are out of
    date, and while others copy.

    Parameters
    ----------
    store:
        Where the checkpoints are.
    outlook:
        The population.
    policy:
        What is kept beside what is needed.
    dry_run:
        Whether only to say what would be done.
    measure:
        Whether to measure the sizes, also where no quota needs them.
    """
    is_measured = measure or policy.quota is not None
    sizes: dict[str, int | None] = {
        key: store.size(key) if is_measured and key in outlook.lineages else None
        for key in store.keys()  # noqa: SIM118 (it is no mapping)
    }
    verdicts = judge(outlook, sizes, policy)
    removed: list[str] = []
    for verdict in verdicts:
        if not verdict.stays and (dry_run or _remove(store, verdict.key)):
            removed.append(verdict.key)
    _warn_of_quota(verdicts, policy)
    freed = sum(sizes[key] or 0 for key in removed)
    return Collection(tuple(verdicts), tuple(removed), freed)


def _remove(store: CheckpointStore, key: str) -> bool:
    try:
        return store.remove(key)
    except CheckpointError as error:  # it will be tried again after the next trial
        logger.warning("%s", error)
        return False


def _warn_of_quota(verdicts: list[Verdict], policy: Policy) -> None:
    if policy.quota is None:
        return
    total = sum(verdict.size or 0 for verdict in verdicts if verdict.stays)
    if total > policy.quota:
        logger.warning(
            "The checkpoints that are needed take %d bytes, more than the quota of %d.",
            total,
            policy.quota,
        )
