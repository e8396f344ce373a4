"""A run that is shown: progress while it goes on, a summary at its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, TextIO

from orion_pbt.console.progress import Progress
from orion_pbt.console.summary import format_summary
from orion_pbt.engine import Engine
from orion_pbt.schedules import FidelitySchedule
from orion_pbt.upstream import patient_runner


@contextmanager
def shown(
    engine: Engine,
    schedule: FidelitySchedule,
    working_dir: str | None,
    refresh: Callable[[], None] = lambda: None,
    stream: TextIO | None = None,
    summary: Callable[[Engine, FidelitySchedule, str | None], str] = format_summary,
) -> Iterator[None]:
    """Show the progress of the runs in this process, and how they ended.

    Parameters
    ----------
    engine, schedule, working_dir:
        See `format_summary`.
    refresh:
        Brings the engine up to date, for the summary.
    stream:
        Where the progress goes, by default the standard error; the summary is printed.
    summary:
        Says how they ended.
    """
    progress = Progress(engine, stream or sys.stderr)

    def update(_runner: Any) -> None:
        progress.update()

    patient_runner.listeners.append(update)
    try:
        yield
    finally:
        patient_runner.listeners.remove(update)
        refresh()
        progress.close()
        print(summary(engine, schedule, working_dir))
