"""Weights & Biases: a run for each segment, in one group.

What was logged cannot be read back where W&B is offline. So it is noted in a file, after it was
handed over. Online, W&B itself refuses steps that are there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from orion_pbt.tracking.base import Tracker, load, tags_of
from orion_pbt.tracking.cursor import Cursor
from orion_pbt.tracking.rows import Row
from orion_pbt.tracking.segments import Segment

EXTRA = "wandb"


class WandbTracker(Tracker):
    """Logs to Weights & Biases, or with ``WANDB_MODE=offline`` to a directory.

    Where and as whom is W&B's to say: ``WANDB_PROJECT``, ``WANDB_ENTITY``, ``WANDB_API_KEY``.

    Parameters
    ----------
    directory:
        Where W&B keeps its files, and we what was logged.
    title:
        Name and version of the experiment, the runs' group; the project too if none is set.

    Raises
    ------
    ConfigurationError
        If wandb is not installed.
    """

    def __init__(self, directory: str, title: str) -> None:
        super().__init__()
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._title = title
        self._wandb = load("wandb", EXTRA)
        self._cursor = Cursor(self._directory / f".orion-pbt-wandb-{_short(title)}.json")

    def _find_last_step(self, segment: Segment) -> int | None:
        return self._cursor[segment.key]

    def _write(self, segment: Segment, rows: Sequence[Row]) -> None:
        run = self._wandb.init(
            project=os.environ.get("WANDB_PROJECT") or self._title,
            group=self._title,
            id=_short(f"{self._title}/{segment.key}"),
            name=segment.name,
            config={**tags_of(segment), **rows[0].hyperparameters},
            resume="allow",
            dir=str(self._directory),
            settings=self._wandb.Settings(silent=True, console="off"),
        )
        for row in rows:
            if row.step >= run.step:
                run.log({**row.scalars, **row.texts, "trial": row.key}, step=row.step)
        run.finish()
        self._cursor.note(segment.key, rows[-1].step)


def _short(text: str) -> str:
    """Return an id that W&B takes, whatever characters the text has."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
