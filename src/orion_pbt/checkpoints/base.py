"""What a place for checkpoints has to do."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Protocol

from orion_pbt.checkpoints.transfer import Transfer


def no_progress() -> None:
    """Do nothing, for callers that need no signs of life."""


class CheckpointStore(Protocol):
    """Keeps the checkpoints of completed trials, each under the id of its trial.

    A checkpoint is there wholly or not at all, whenever a process dies, and does not change. Any
    number of processes on any number of hosts may use a store at once.
    `orion_pbt.testing.checkpoints` has a contract suite for your own.
    """

    def put(self, key: str, directory: Path) -> Transfer:
        """Keep the files of a directory, in place of what was kept under this key.

        Raises
        ------
        CheckpointError
            If the key cannot be a name, or there is no room.
        """

    def get(
        self, key: str, directory: Path, on_progress: Callable[[], None] = no_progress
    ) -> Transfer:
        """Copy a checkpoint into an existing empty directory.

        It stays where it is while it is copied, even if it is removed meanwhile.

        Raises
        ------
        CheckpointError
            If there is no such checkpoint, or there is no room.
        """

    def keys(self) -> list[str]:
        """Return the keys of all checkpoints that are there."""

    def size(self, key: str) -> int:
        """Return the bytes of a checkpoint, 0 if there is none."""

    def remove(self, key: str) -> bool:
        """Remove a checkpoint; False if there is none or a copy in progress holds it."""
