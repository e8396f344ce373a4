"""Long strings of a state are kept apart, so that one that grew is appended to.

A state is written after each decision, and an append-only log in it grows by a line while the
rest stays as it was. Nothing here knows whose state it is: a string that begins with its previous
value costs what it grew by, to write and to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orion_pbt.errors import StorageError
from orion_pbt.storage import codec

LONG = 1024
"""Characters from which on a string is kept apart."""
TAG = "$text"
"""Marks, in the rest of the state, where a string was: the path to it."""


@dataclass(frozen=True)
class Piece:
    """What a string grew by.

    Parameters
    ----------
    name:
        The string's path in the state.
    start:
        Number of characters before it; 0 replaces the whole string.
    text:
        The characters.
    """

    name: str
    start: int
    text: str


def take_apart(state: Any) -> tuple[str, dict[str, str]]:
    """Return a state as text without its long strings, and these by their path (RFC 6901)."""
    encoded = codec.encode(state)
    texts: dict[str, str] = {}
    rest = _extract(encoded, "", texts)
    return codec.to_text(rest), texts


def put_together(rest: str, texts: Mapping[str, str]) -> Any:
    """Return the state of which `take_apart` made these.

    Raises
    ------
    StorageError
        If a string is missing.
    """
    return codec.decode(_insert(codec.from_text(rest), texts))


def growth(texts: Mapping[str, str], before: Mapping[str, str]) -> list[Piece]:
    """Return what has to be added to the strings of before to get those of now."""
    pieces = []
    for name, text in texts.items():
        previous = before.get(name)
        start = len(previous) if previous is not None and text.startswith(previous) else 0
        if start < len(text):
            pieces.append(Piece(name, start, text[start:]))
    return pieces


def grow(texts: Mapping[str, str], pieces: Iterable[Piece]) -> dict[str, str]:
    """Return strings with the pieces added, the inverse of `growth`.

    Raises
    ------
    StorageError
        If a piece does not begin where its string ends.
    """
    parts = {name: [text] for name, text in texts.items()}
    lengths = {name: len(text) for name, text in texts.items()}
    for piece in pieces:
        if piece.start == 0:
            parts[piece.name], lengths[piece.name] = [], 0
        if lengths.get(piece.name) != piece.start:
            raise StorageError(
                f"The saved state is damaged: its text {piece.name!r} has "
                f"{lengths.get(piece.name, 0)} characters where it should have {piece.start}."
            )
        parts[piece.name].append(piece.text)
        lengths[piece.name] += len(piece.text)
    return {name: "".join(pieces) for name, pieces in parts.items()}


def _extract(part: Any, path: str, texts: dict[str, str]) -> Any:
    kind = type(part)
    if kind is str and len(part) >= LONG:
        texts[path] = part
        return {TAG: path}
    if kind is dict and not _is_tagged(part):
        return {
            key: _extract(value, f"{path}/{_escaped(key)}", texts) for key, value in part.items()
        }
    if kind is list:
        return [_extract(value, f"{path}/{index}", texts) for index, value in enumerate(part)]
    return part


def _insert(part: Any, texts: Mapping[str, str]) -> Any:
    if type(part) is dict:
        if TAG in part:
            if part[TAG] not in texts:
                raise StorageError(f"The saved state lacks its text {part[TAG]!r}.")
            return texts[part[TAG]]
        if not _is_tagged(part):
            return {key: _insert(value, texts) for key, value in part.items()}
    if type(part) is list:
        return [_insert(value, texts) for value in part]
    return part


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1") if "/" in key or "~" in key else key


def _is_tagged(part: dict[str, Any]) -> bool:
    return len(part) == 1 and next(iter(part)).startswith("$")
