"""Checkpoints that stay where their trials left them, in the experiment's directory."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Callable

from orion_pbt.checkpoints.base import no_progress
from orion_pbt.checkpoints.claims import Claims, OwnClaim
from orion_pbt.checkpoints.disk_errors import explained
from orion_pbt.checkpoints.files import Files
from orion_pbt.checkpoints.layout import Layout, is_key
from orion_pbt.checkpoints.records import REMOVED, Record, Records
from orion_pbt.checkpoints.sweeping import sweep
from orion_pbt.checkpoints.transfer import Transfer, size_of, transfer
from orion_pbt.errors import CheckpointError

PUT_BACK_WAIT = 1.0
"""Seconds to wait for a checkpoint that a collector may be putting back."""


class DirectoryStore:
    """The checkpoints of one experiment on a file system, local or shared.

    No locks are used. A directory gets its name by a rename, so it is whole; it loses it by a
    rename, so it is never seen in part.

    Parameters
    ----------
    root:
        The experiment's directory.
    mode:
        How to copy, see `orion_pbt.checkpoints.transfer.MODES`.
    flush:
        Whether copies are brought to the disk before they get their name.
    files:
        Operations on the disk.
    """

    def __init__(
        self,
        root: Path,
        mode: str = "auto",
        *,
        flush: bool = True,
        files: Files | None = None,
    ) -> None:
        self.layout = Layout(Path(root))
        self.files = Files() if files is None else files
        self.claims = Claims(self.layout.claims, self.files)
        self.records = Records(self.layout.records, self.files)
        self._mode = mode
        self._flush = flush

    def __repr__(self) -> str:
        return f"DirectoryStore({str(self.layout.root)!r})"

    def put(self, key: str, directory: Path) -> Transfer:
        """See `CheckpointStore.put`; nothing moves if the directory is the checkpoint's own."""
        final = self.layout.trial(key)
        if final == Path(directory):
            return Transfer()
        with explained(f"the checkpoint of trial {key}", self.layout.root), self.staging() as claim:
            stage = self.layout.stage / claim.token
            moved = self._copy(Path(directory), stage, claim.renew)
            self.discard(final, claim)
            self.commit(final, claim)
        return moved

    def get(
        self, key: str, directory: Path, on_progress: Callable[[], None] = no_progress
    ) -> Transfer:
        """See `CheckpointStore.get`."""
        source = self.layout.trial(key)
        doing = explained(f"a copy of the checkpoint of trial {key}", directory)
        # Held first and looked for afterwards: from then on no collector takes it away.
        with doing, self._holding(key) as renew_hold:

            def renew() -> None:
                on_progress()
                renew_hold()

            self._wait_for(source)
            return self._copy(source, Path(directory), renew)

    def keys(self) -> list[str]:
        """See `CheckpointStore.keys`; other directories of the user's are among them."""
        try:
            with os.scandir(self.layout.root) as entries:
                return sorted(
                    entry.name
                    for entry in entries
                    if is_key(entry.name) and entry.is_dir(follow_symlinks=False)
                )
        except FileNotFoundError:
            return []

    def size(self, key: str) -> int:
        """See `CheckpointStore.size`."""
        return size_of(self.layout.trial(key))

    def remove(self, key: str) -> bool:
        """See `CheckpointStore.remove`."""
        final = self.layout.trial(key)
        if self._is_held(key):
            return False
        doing = explained(f"removing the checkpoint of trial {key}", final)
        with doing, self.claims.claim() as claim:
            away = self.layout.trash / claim.token
            self.files.mkdir(self.layout.trash)
            try:
                self.files.rename(final, away)
            except FileNotFoundError:
                return False
            if self._is_held(key):  # by a copy that began before the rename
                self.files.rename(away, final)
                return False
            record = self.records[key] or Record(key, REMOVED)
            # A full disk must not keep anyone from making room.
            with contextlib.suppress(OSError):
                self.records.write(replace(record, state=REMOVED, inode=None))
            self.files.remove_tree(away)
        return True

    def sweep(self) -> list[Path]:
        """Remove what dead processes left behind; return it."""
        return sweep(self.layout, self.claims, self.files)

    @contextlib.contextmanager
    def staging(self) -> Iterator[OwnClaim]:
        """Claim an empty staging directory, which has the claim's token for its name.

        What is in there after the block, or was discarded in it, is removed.
        """
        with self.claims.claim() as claim:
            stage = self.layout.stage / claim.token
            try:
                self.files.mkdir(stage)
                yield claim
            finally:
                for place in (stage, self.layout.trash / claim.token):
                    if place.exists():
                        self.files.remove_tree(place)

    def discard(self, final: Path, claim: OwnClaim) -> None:
        """Take away the name of a directory, if there is one."""
        if final.exists():
            self.files.mkdir(self.layout.trash)
            self.files.rename(final, self.layout.trash / claim.token)

    def commit(self, final: Path, claim: OwnClaim) -> None:
        """Give the staged directory its final name, which is free.

        Raises
        ------
        OSError
            Also if another process was faster, see `is_taken`.
        """
        self.files.rename(self.layout.stage / claim.token, final)
        if self._flush:
            self.files.flush(self.layout.root)

    def _copy(self, source: Path, target: Path, on_progress: Callable[[], None]) -> Transfer:
        return transfer(
            source,
            target,
            self._mode,
            files=self.files,
            flush=self._flush,
            on_progress=on_progress,
        )

    def _is_held(self, key: str) -> bool:
        return any(claim.held == key for claim in self.claims.living())

    @contextlib.contextmanager
    def _holding(self, key: str) -> Iterator[Callable[[], None]]:
        """Keep collectors from a checkpoint; where we may not write, they may not either."""
        if not os.access(self.layout.root, os.W_OK):
            yield no_progress
            return
        with self.claims.claim(held=key) as claim:
            yield claim.renew

    def _wait_for(self, source: Path) -> None:
        deadline = time.monotonic() + (PUT_BACK_WAIT if self.layout.trash.exists() else 0)
        while not source.is_dir():
            if time.monotonic() >= deadline:
                raise CheckpointError(f"There is no checkpoint at {str(source)!r}.")
            time.sleep(0.01)


def is_taken(error: OSError) -> bool:
    """Whether a rename failed because another process was faster."""
    return error.errno in (errno.ENOTEMPTY, errno.EEXIST)
