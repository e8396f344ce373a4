"""The interface of a tracker: where runs are logged to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from orion_pbt.errors import ConfigurationError
from orion_pbt.tracking.rows import Row
from orion_pbt.tracking.segments import Segment


class Tracker(ABC):
    """Logs segments as runs, each row once.

    It is told rows in the order of their steps. What it has logged it finds out from where it
    logs to, so that it may be killed at any time and started again.
    """

    def __init__(self) -> None:
        self._last: dict[str, int | None] = {}

    def last_step(self, segment: Segment) -> int | None:
        """Return the last step that was logged of a segment, None if none was."""
        if segment.key not in self._last:
            self._last[segment.key] = self._find_last_step(segment)
        return self._last[segment.key]

    def write(self, segment: Segment, rows: Sequence[Row]) -> None:
        """Log further rows of a segment.

        Parameters
        ----------
        segment:
            The segment. Those that its weights come from were logged before, up to there.
        rows:
            At least one; each has a higher step than the one before, and than `last_step`.
        """
        self._write(segment, rows)
        self._last[segment.key] = rows[-1].step

    @abstractmethod
    def _find_last_step(self, segment: Segment) -> int | None:
        """See `last_step`; each segment is asked for once."""

    @abstractmethod
    def _write(self, segment: Segment, rows: Sequence[Row]) -> None:
        """See `write`."""


def load(module: str, extra: str) -> Any:
    """Return a module of a package that is optional.

    Raises
    ------
    ConfigurationError
        If it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigurationError(
            f"To log to {extra} is to import {module}, and that failed: {error}. Install it: "
            f"pip install 'orion-pbt[{extra}]'"
        ) from error


def tags_of(segment: Segment) -> dict[str, str]:
    """Return what there is to say of a segment beside its rows, by name."""
    tags = {
        "line": segment.line,
        "segment": segment.number,
        "first_trial": segment.key,
        "parent_run": segment.parent_name,
        "copied_trial": segment.copied,
        "replaced_trial": segment.replaced,
    }
    return {name: str(value) for name, value in tags.items() if value is not None}
