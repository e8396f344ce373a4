"""What a person wants to know of the checkpoints that are there, as plain records."""

from __future__ import annotations

from dataclasses import dataclass

from orion_pbt.checkpoints.base import CheckpointStore
from orion_pbt.checkpoints.collector import collect
from orion_pbt.checkpoints.directory import DirectoryStore
from orion_pbt.checkpoints.outlook import Outlook
from orion_pbt.checkpoints.retention import Policy


@dataclass(frozen=True)
class Entry:
    """One checkpoint.

    Parameters
    ----------
    key:
        Id of its trial.
    path:
        Its directory, or its place in the store.
    size:
        Bytes without holes; what it shares with other checkpoints counts each time.
    stays:
        Whether a collector leaves it.
    is_needed:
        Whether something may need it, so that no setting makes it go.
    reason:
        Why it stays or goes, for a person to read.
    generation, status, score:
        Of its member; None if the trial is not of the population.
    parent:
        Id of the trial that it started from.
    ways:
        How the parent's files were transferred → number of files.
    """

    key: str
    path: str
    size: int
    stays: bool
    is_needed: bool
    reason: str
    generation: int | None = None
    status: str | None = None
    score: float | None = None
    parent: str | None = None
    ways: dict[str, int] | None = None


def inventory(store: CheckpointStore, outlook: Outlook, policy: Policy) -> list[Entry]:
    """List the checkpoints of an experiment, and what a collector would do with each.

    Parameters
    ----------
    store:
        The experiment's directory, or the store where completed checkpoints are kept.
    outlook:
        The population.
    policy:
        What is kept beside what is needed.

    Returns
    -------
    list of Entry
        By generation, then by key; those of no generation last.
    """
    entries = []
    for verdict in collect(store, outlook, policy, dry_run=True, measure=True).verdicts:
        key = verdict.key
        is_member = key in outlook.lineages
        member = outlook.lineages[key] if is_member else None
        record = store.records[key] if isinstance(store, DirectoryStore) else None
        entries.append(
            Entry(
                key,
                _path(store, key),
                store.size(key) if verdict.size is None else verdict.size,
                verdict.stays,
                verdict.is_needed,
                verdict.reason,
                None if member is None else member.generation,
                None if member is None else member.status.value,
                None if member is None else member.score,
                None if member is None else member.parent,
                None if record is None else record.ways,
            )
        )
    return sorted(
        entries, key=lambda entry: (entry.generation is None, entry.generation, entry.key)
    )


def _path(store: CheckpointStore, key: str) -> str:
    return str(store.layout.trial(key)) if isinstance(store, DirectoryStore) else f"{store}/{key}"
