"""The last step that was logged of each run, in a file."""

from __future__ import annotations

import json
from pathlib import Path

from orion_pbt._atomic import replacing
from orion_pbt.errors import StateError

SCHEMA = 1


class Cursor:
    """Key of a run → the last step that was logged of it.

    Parameters
    ----------
    path:
        The file. It is replaced as a whole whenever something is noted.

    Raises
    ------
    StateError
        If the file is there and cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: dict[str, int] = {}
        if not path.exists():
            return
        try:
            content = json.loads(path.read_text(encoding="utf8"))
            is_ours = content["schema"] == SCHEMA
            self._last = {str(key): int(step) for key, step in content["last"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateError(
                f"{str(path)!r} should say what was logged, and cannot be read: {error}. Remove it "
                "to log all again."
            ) from error
        if not is_ours:
            raise StateError(
                f"{str(path)!r} has schema {content['schema']!r}, and this version of orion-pbt "
                f"reads schema {SCHEMA}. Remove it to log all again."
            )

    def __getitem__(self, key: str) -> int | None:
        return self._last.get(key)

    def note(self, key: str, step: int) -> None:
        """Note that a run was logged up to a step."""
        self._last[key] = step
        with replacing(self._path) as path:
            path.write_text(json.dumps({"schema": SCHEMA, "last": self._last}), encoding="utf8")
