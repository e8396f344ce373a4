"""What is known of each trial's checkpoint beside its files, one small file a trial.

A record is a note, not the truth: a trial is completed when the storage of the experiment says so,
and a directory under its final name is whole, because it got that name by a rename. A lost record
costs at most the training of one generation.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from orion_pbt.checkpoints.files import Files

SCHEMA = 1
"""Number of the format; a record of another one counts as lost."""

READY = "ready"
"""The directory is whole; its script may have begun to train in it."""
BROKEN = "broken"
"""The script failed in it: nothing in there is to be trusted."""
COMPLETED = "completed"
"""The trial was completed: nothing in there changes any more."""
REMOVED = "removed"
"""It was not needed any more and was removed."""


@dataclass(frozen=True)
class Record:
    """What is known of the checkpoint of one trial.

    Parameters
    ----------
    key:
        Id of the trial.
    state:
        One of the constants of this module.
    owner:
        Name of the experiment that made the directory.
    registered:
        When the trial was registered, as its storage says. Another time means another life of the
        experiment.
    inode:
        Of the directory that was renamed into place; another one is not ours.
    parent:
        Id of the trial that it started from.
    restarts:
        How many restarts there were before it; None with a rule that has none.
    load:
        Directory of the parent's files, for scripts that load from one place and save to another.
    ways:
        How the parent's files were transferred → number of files.
    newest:
        When the youngest of those files was changed, in ns.
    bytes:
        What the transfer wrote, and then, once the trial is completed, the size of its files.
    """

    key: str
    state: str
    owner: str | None = None
    registered: str | None = None
    inode: int | None = None
    parent: str | None = None
    restarts: int | None = None
    load: str | None = None
    ways: dict[str, int] | None = None
    newest: int = 0
    bytes: int = 0

    def is_of(self, owner: str | None, registered: str | None) -> bool:
        """Whether it is of the same life of the same experiment, as far as one can tell."""
        pairs = ((self.owner, owner), (self.registered, registered))
        return all(mine is None or other is None or mine == other for mine, other in pairs)


_FIELDS = {field.name for field in fields(Record)}


class Records:
    """The records of one experiment's directory.

    Parameters
    ----------
    directory:
        Where they are; made when the first one is written.
    files:
        Operations on the disk.
    """

    def __init__(self, directory: Path, files: Files) -> None:
        self._directory = directory
        self._files = files

    def __getitem__(self, key: str) -> Record | None:
        """Return the record of a trial; None if there is none that can be read."""
        try:
            content: Any = json.loads(self._path(key).read_text(encoding="utf8"))
        except (OSError, ValueError):
            return None
        if not isinstance(content, dict) or content.pop("schema", None) != SCHEMA:
            return None
        return Record(**content) if set(content) <= _FIELDS else None

    def write(self, record: Record) -> None:
        """Replace the record of a trial; readers see the old one or the new one."""
        path = self._path(record.key)
        partial = path.with_name(f".{record.key}.{os.urandom(8).hex()}")
        content = {"schema": SCHEMA, **asdict(record)}
        self._files.mkdir(self._directory)
        try:
            self._files.write(partial, json.dumps(content))
            self._files.rename(partial, path)
        except OSError:
            self._files.unlink(partial)
            raise

    def _path(self, key: str) -> Path:
        return self._directory / f"{key}.json"
