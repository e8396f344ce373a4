"""One line that says how far a population has come."""

from __future__ import annotations

import time
from typing import Callable, TextIO

from orion_pbt.console.text import format_duration, format_number
from orion_pbt.engine import Engine

PIPED_INTERVAL = 10.0
"""Seconds between two lines where the output is no terminal."""
TERMINAL_INTERVAL = 0.2
WIDEST_BAR = 20
"""Generations shown one by one; of more only those that are under way, to fit on one line."""


def format_progress(engine: Engine, seconds_left: float | None) -> str:
    """Return the members completed in each generation, the best so far and the time left."""
    size = engine.population_size
    counts = _counts(engine)
    best = engine.lineages.best()
    parts = [
        f"pbt {sum(counts)}/{size * len(counts)}",
        f"generations {_bar(counts, size)}",
        f"best {format_number(None if best is None else best.score)}",
    ]
    if seconds_left is not None:
        parts.append(f"{format_duration(seconds_left)} left")
    return " · ".join(parts)


def _counts(engine: Engine) -> list[int]:
    """Return the members completed in each generation; one trained again counts once."""
    lineages, size = engine.lineages, engine.population_size
    return [min(lineages.trained_at(g), size) for g in range(engine.generations + 1)]


def _bar(counts: list[int], size: int) -> str:
    if len(counts) <= WIDEST_BAR:
        return " ".join(_cell(count, size) for count in counts)
    done = next((g for g, count in enumerate(counts) if count < size), len(counts))
    shown = " ".join(_cell(count, size) for count in counts[done : done + WIDEST_BAR // 2])
    rest = len(counts) - done - WIDEST_BAR // 2
    return " ".join(part for part in (f"{done}×█", shown, "…" if rest > 0 else "") if part)


def _cell(count: int, size: int) -> str:
    if count >= size:
        return "█"
    return "░" if count == 0 else str(count)


class Progress:
    """Writes the progress line whenever it changes, not too often.

    On a terminal the line is rewritten in place; elsewhere a new line is written now and then.

    Parameters
    ----------
    engine:
        What is watched.
    stream:
        Where to write.
    clock:
        Returns seconds.
    """

    def __init__(
        self, engine: Engine, stream: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._stream = stream
        self._clock = clock
        self._in_place = stream.isatty()
        self._interval = TERMINAL_INTERVAL if self._in_place else PIPED_INTERVAL
        self._started = clock()
        self._done_before: int | None = None
        self._next_at = 0.0
        self._last_text = ""

    def update(self, force: bool = False) -> None:
        """Write the line if it is time for it."""
        now = self._clock()
        if not force and now < self._next_at:
            return
        self._next_at = now + self._interval
        text = format_progress(self._engine, self._seconds_left(now))
        if text == self._last_text:
            return
        self._last_text = text
        self._stream.write(f"\r\x1b[2K{text}" if self._in_place else f"{text}\n")
        self._stream.flush()

    def close(self) -> None:
        """Write the last state and leave the line."""
        self.update(force=True)
        if self._in_place:
            self._stream.write("\n")
            self._stream.flush()

    def _seconds_left(self, now: float) -> float | None:
        counts = _counts(self._engine)
        done, total = sum(counts), self._engine.population_size * len(counts)
        if self._done_before is None:
            if not len(self._engine.lineages):
                return None
            # Now the state is here: what an earlier run did says nothing of this one's pace.
            self._done_before, self._started = done, now
        fresh = done - self._done_before
        if fresh == 0 or done >= total:
            return None
        return (now - self._started) / fresh * (total - done)
