"""Names in an experiment's directory.

::

    <working_dir>/                  the experiment's
    ├── 0f3c…/                      a trial's directory: whole, as it got this name by a rename
    └── .orion-pbt/
        ├── claims/                 what processes are doing; see claims.py
        ├── records/<trial>.json    see records.py
        ├── stage/<token>/          a trial's directory in the making
        └── trash/<token>/          a directory on its way out
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from orion_pbt.errors import CheckpointError

HIDDEN = ".orion-pbt"

_ORION = re.compile(r"trial_[a-z0-9_]{8}\.conf|results_[a-z0-9_]{8}\.log(\.\d+)?")
"""What Oríon's consumer makes for each attempt, and a report that was killed."""
_SAVING = re.compile(r"\..+\.saving-[0-9a-f]{16}")
"""What a killed saver leaves; see `orion_pbt._atomic`."""


def is_handed_down(name: str, *, is_top: bool) -> bool:
    """Whether an entry of a trial's directory belongs to its checkpoint."""
    if name.startswith("."):
        return not _SAVING.fullmatch(name)
    return not (is_top and _ORION.fullmatch(name))


def is_key(name: str) -> bool:
    """Whether a name can be that of a trial's directory: it leads nowhere else."""
    is_name = isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable()
    return is_name and not name.startswith(".") and "/" not in name and "\\" not in name


def check_key(key: str) -> str:
    """Return the key, which becomes the name of a directory.

    Raises
    ------
    CheckpointError
        If it would lead out of the experiment's directory, or into the hidden part of it.
    """
    if not is_key(key):
        raise CheckpointError(
            f"The trial's id {key!r} cannot be the name of a directory: it is empty, hidden, or "
            "would lead out of the experiment's directory. Ids of Oríon are 32 hexadecimal digits."
        )
    return key


@dataclass(frozen=True)
class Layout:
    """The paths in an experiment's directory.

    Parameters
    ----------
    root:
        The experiment's directory.
    """

    root: Path

    @property
    def hidden(self) -> Path:
        """What is ours in the experiment's directory."""
        return self.root / HIDDEN

    @property
    def claims(self) -> Path:
        """Directory of the claims."""
        return self.hidden / "claims"

    @property
    def records(self) -> Path:
        """Directory of the records."""
        return self.hidden / "records"

    @property
    def stage(self) -> Path:
        """Directory of what is in the making."""
        return self.hidden / "stage"

    @property
    def trash(self) -> Path:
        """Directory of what is on its way out."""
        return self.hidden / "trash"

    def trial(self, key: str) -> Path:
        """Return the directory of a trial.

        Raises
        ------
        CheckpointError
            If it is not, or would not be, a directory inside the experiment's.
        """
        path = self.root / check_key(key)
        if path.is_symlink():
            raise CheckpointError(
                f"{str(path)!r} is a symbolic link to {os.readlink(path)!r}, out of the "
                "experiment's directory. Put the trial's files there themselves."
            )
        if path.exists() and not path.is_dir():
            raise CheckpointError(
                f"{str(path)!r} should be the directory of a trial and is a file. Remove it."
            )
        return path
