"""Lines that are drawn again and again in the same place."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from typing import TextIO

UP = "\x1b[{count}A\r"
CLEAR_LINE = "\x1b[2K"
CLEAR_BELOW = "\x1b[J"
CLEAR_ALL = "\x1b[2J\x1b[H"

Size = Callable[[], os.terminal_size]


class Screen:
    """Draws lines on a terminal, over those of before; what stood above them stays.

    Parameters
    ----------
    stream:
        The terminal.
    size:
        Returns its size, which may change.
    """

    def __init__(self, stream: TextIO, size: Size = shutil.get_terminal_size) -> None:
        self._stream = stream
        self._size = size
        self._drawn = 0
        self._drawn_at: os.terminal_size | None = None

    @property
    def size(self) -> os.terminal_size:
        """Columns and lines that there is room for."""
        columns, lines = self._size()
        return os.terminal_size((columns, max(1, lines - 1)))  # a line is left for the cursor

    def draw(self, lines: Sequence[str]) -> None:
        """Draw lines, as many and as much of each as there is room for."""
        size = self.size
        shown = [fit(line, size.columns) for line in lines[: size.lines]]
        if self._drawn_at is not None and size != self._drawn_at:
            start = CLEAR_ALL  # the lines of before were wrapped anew
        else:
            start = UP.format(count=self._drawn) if self._drawn else ""
        body = "".join(f"{CLEAR_LINE}{line}\n" for line in shown)
        self._stream.write(f"{start}{body}{CLEAR_BELOW}")
        self._stream.flush()
        self._drawn, self._drawn_at = len(shown), size


def fit(text: str, columns: int) -> str:
    """Return a line with at most that many columns; one that is cut ends with an ellipsis."""
    width = 0
    for place, character in enumerate(text):
        width += _width(character)
        if width > columns:
            return _cut(text[:place], columns - 1) + "…"
    return text


def _cut(text: str, columns: int) -> str:
    while text and sum(map(_width, text)) > columns:
        text = text[:-1]
    return text


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
