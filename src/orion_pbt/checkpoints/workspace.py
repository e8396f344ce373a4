"""Making the directory of a trial ready: whole, from the parent's files, or not at all."""

from __future__ import annotations

import contextlib
import enum
import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from orion_pbt.checkpoints.claims import OwnClaim
from orion_pbt.checkpoints.directory import DirectoryStore, is_taken
from orion_pbt.checkpoints.disk_errors import explained
from orion_pbt.checkpoints.records import BROKEN, COMPLETED, READY, Record
from orion_pbt.checkpoints.transfer import Transfer
from orion_pbt.errors import CheckpointError

logger = logging.getLogger(__name__)

Fetch = Callable[[Path, Callable[[], None]], Transfer]


@dataclass(frozen=True)
class Start:
    """What a trial starts from.

    Parameters
    ----------
    key:
        Id of the trial.
    owner:
        Name of its experiment.
    registered:
        When it was registered, as the storage says.
    parent:
        Id of the parent; None for a root.
    fetch:
        Copies the parent's files into an empty directory, given that and what to call now and
        then. None to start from an empty directory.
    load:
        Directory of the parent's files, if they are on this file system.
    restarts:
        How many restarts there were before it; None with a rule that has none.
    """

    key: str
    owner: str | None = None
    registered: str | None = None
    parent: str | None = None
    fetch: Fetch | None = None
    load: Path | None = None
    restarts: int | None = None


@dataclass(frozen=True)
class Prepared:
    """A directory that is ready for its trial.

    Parameters
    ----------
    path:
        The directory.
    resumed:
        Whether the trial goes on with its own files.
    transfer:
        What was copied.
    """

    path: Path
    resumed: bool
    transfer: Transfer


class _Found(enum.Enum):
    NOTHING = "nothing"
    OWN = "what the trial goes on with"
    FAILED = "what is replaced"
    FOREIGN = "what somebody else made"


class Workspace:
    """Makes the directories in which trials run.

    Parameters
    ----------
    store:
        The experiment's directory.
    """

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store

    def prepare(self, start: Start) -> Prepared:
        """Make the directory of a trial ready.

        A trial that was interrupted goes on in its own directory. One that broke, or whose
        directory is not whole, starts again from its parent's files.

        Raises
        ------
        CheckpointError
            If the directory belongs to another experiment, or the disk fails. The parent's files
            and the trial's own are as they were then.
        """
        final = self._store.layout.trial(start.key)
        found = self._judge(final, start)
        if found is _Found.OWN:
            return Prepared(final, True, Transfer())
        with explained(f"the directory of trial {start.key}", self._store.layout.root):
            self._store.sweep()
            with self._store.staging() as claim:
                stage = self._store.layout.stage / claim.token
                moved = Transfer()
                if start.fetch is not None:
                    moved = start.fetch(stage, claim.renew)
                if found is _Found.FOREIGN:
                    self._set_aside(final, claim)
                elif found is _Found.FAILED:
                    self._store.discard(final, claim)
                self._note(start, stage.stat().st_ino, moved)
                is_ours = self._commit(final, claim)
                if not is_ours:
                    self._note(start, final.stat().st_ino, moved)
                return Prepared(final, not is_ours, moved)

    def goes_on(self, start: Start) -> bool:
        """Whether a trial has files of its own to go on with, and needs none of its parent."""
        return self._judge(self._store.layout.trial(start.key), start) is _Found.OWN

    def mark_broken(self, key: str) -> None:
        """Note that a trial's script failed: what it left is not for another attempt."""
        final = self._store.layout.trial(key)
        if not final.exists():
            return
        record = self._store.records[key] or Record(key, BROKEN)
        try:
            self._store.records.write(replace(record, state=BROKEN, inode=final.stat().st_ino))
        except OSError:  # no room for the note, so there is none for the files either
            logger.warning("Trial %s broke, and there is no room for a note of it.", key)
            self._store.remove(key)

    def mark_completed(self, key: str) -> None:
        """Note the size of a completed trial's checkpoint, which changes no more."""
        final = self._store.layout.trial(key)
        if not final.exists():
            return
        record = self._store.records[key] or Record(key, COMPLETED)
        with contextlib.suppress(OSError):  # it only spares measuring it again
            self._store.records.write(
                replace(
                    record,
                    state=COMPLETED,
                    inode=final.stat().st_ino,
                    bytes=self._store.size(key),
                )
            )

    def _judge(self, final: Path, start: Start) -> _Found:
        if not final.exists():
            return _Found.NOTHING
        record = self._store.records[start.key]
        if record is None:
            if start.parent is not None:
                return _Found.FOREIGN
            self._note(start, final.stat().st_ino, Transfer())
            return _Found.OWN
        if not record.is_of(start.owner, None):
            raise CheckpointError(
                f"{str(final)!r} belongs to experiment {record.owner!r}, and experiment "
                f"{start.owner!r} has a trial of the same id. Give each experiment a working_dir "
                "of its own."
            )
        if record.state == BROKEN or not record.is_of(start.owner, start.registered):
            return _Found.FAILED
        is_the_renamed_one = record.inode in (None, final.stat().st_ino)
        return _Found.OWN if is_the_renamed_one or start.parent is None else _Found.FOREIGN

    def _set_aside(self, final: Path, claim: OwnClaim) -> None:
        """Keep a directory that we did not make, and that may be half a copy."""
        kept = final.with_name(f"{final.name}.found-{claim.token}")
        self._store.files.rename(final, kept)
        logger.warning(
            "%s was not made for trial %s, or was copied since, and nobody can tell whether it is "
            "whole. It was renamed to %s, and the trial starts from its parent. Remove it if you "
            "do not need it.",
            final,
            final.name,
            kept,
        )

    def _commit(self, final: Path, claim: OwnClaim) -> bool:
        """Give the staged directory its name; False if another process was faster."""
        try:
            self._store.commit(final, claim)
        except OSError as error:
            if not is_taken(error):
                raise
            logger.info("Another process prepared %s at the same time.", final)
            return False
        return True

    def _note(self, start: Start, inode: int, moved: Transfer) -> None:
        self._store.records.write(
            Record(
                start.key,
                READY,
                start.owner,
                start.registered,
                inode,
                start.parent,
                start.restarts,
                None if start.load is None else os.path.abspath(start.load),
                moved.ways,
                moved.newest,
                moved.written,
            )
        )
