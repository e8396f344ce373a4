"""States of algorithms: only what is new is read and written.

Each saved change of a state has a revision number. A process remembers the last revision it read
or wrote, so of the growing strings it reads the rows since.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.engine import Connection

from orion_pbt.storage import growing_texts
from orion_pbt.storage.growing_texts import Piece
from orion_pbt.storage.schema import algorithms, texts

_t = texts.c
_a = algorithms.c
_STATE = select(_a.revision, _a.state).where(_a.experiment == bindparam("of"))
_NEWS = (
    select(_t.name, _t.start, _t.text)
    .where(
        _t.experiment == bindparam("of"),
        _t.revision > bindparam("since"),
        _t.revision <= bindparam("until"),
    )
    .order_by(_t.revision)
)
_INSERT = insert(texts)


@dataclass(frozen=True)
class Seen:
    """What a process knows of a state.

    Parameters
    ----------
    revision:
        Number of the last change it knows; 0 is the state of an algorithm that never decided.
    rest:
        The state without its long strings, as text.
    texts:
        Those strings by their path.
    """

    revision: int = 0
    rest: str | None = None
    texts: dict[str, str] = field(default_factory=dict)

    def value(self) -> Any:
        """Return the state, freshly built, None if there is none."""
        return None if self.rest is None else growing_texts.put_together(self.rest, self.texts)


@dataclass(frozen=True)
class Change:
    """A state and the one it replaces, which is empty where the writer did not look at it."""

    before: Seen
    after: Seen

    @property
    def of_rest(self) -> bool:
        """Whether more changed than the long strings."""
        return self.before.rest != self.after.rest


class AlgorithmStates:
    """Reads and writes states, and remembers for each experiment what was seen."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def last_seen(self, key: str) -> Seen:
        """Return what this process knows of a state."""
        return self._seen.get(key, Seen())

    def read(self, connection: Connection, key: str) -> Seen:
        """Return what the state of an experiment is now.

        Parameters
        ----------
        connection:
            A transaction that sees the database as it is at one moment, or one whose process
            holds the lock.
        key:
            Key of the experiment.

        Raises
        ------
        StorageError
            If the stored state is damaged.
        """
        seen = self.last_seen(key)
        row = connection.execute(_STATE, {"of": key}).one()
        if row.revision == seen.revision:
            return seen
        known = dict(seen.texts) if row.revision > seen.revision else {}
        since = seen.revision if row.revision > seen.revision else 0
        news = {"of": key, "since": since, "until": row.revision}
        pieces = [
            Piece(name, start, json.loads(text))
            for name, start, text in connection.execute(_NEWS, news)
        ]
        known = growing_texts.grow(known, pieces)
        seen = self._seen[key] = Seen(row.revision, row.state, known)
        return seen

    def change(self, key: str, revision: int, state: Any) -> Change | None:
        """Return what a new state changes in the one of a revision, None if it is the same.

        Parameters
        ----------
        key:
            Key of the experiment.
        revision:
            The revision that is replaced.
        state:
            The new state, None to keep the one there is.

        Raises
        ------
        StorageError
            If the state holds something that is not plain data.
        """
        if state is None:
            return None
        seen = self.last_seen(key)
        if seen.revision != revision:
            seen = Seen(revision)  # this process has not looked: all is new
        rest, long = growing_texts.take_apart(state)
        if seen.rest == rest and seen.texts == long:
            return None
        return Change(seen, Seen(revision + 1, rest, long))

    def write(self, connection: Connection, key: str, change: Change) -> None:
        """Write the long strings of a change.

        Parameters
        ----------
        connection:
            A transaction that has proved that its process holds the lock.
        key:
            Key of the experiment.
        change:
            What to write, and to `keep` when it is committed.
        """
        before, after = change.before, change.after
        pieces = growing_texts.growth(after.texts, before.texts)
        if before.rest is None:
            connection.execute(delete(texts).where(_t.experiment == key))
        else:
            grown = {piece.name for piece in pieces if piece.start > 0}
            same = {name for name, text in after.texts.items() if text == before.texts.get(name)}
            outdated = before.texts.keys() - grown - same
            if outdated:
                old = delete(texts).where(_t.experiment == key, _t.name.in_(outdated))
                connection.execute(old)
        rows = [
            {
                "experiment": key,
                "revision": after.revision,
                "name": piece.name,
                "start": piece.start,
                "text": json.dumps(piece.text),
            }
            for piece in pieces
        ]
        if rows:
            connection.execute(_INSERT, rows)

    def keep(self, key: str, change: Change) -> None:
        """Remember a change, once its transaction is committed."""
        self._seen[key] = change.after

    def forget(self, key: str) -> None:
        """Forget what was seen of a state that is deleted."""
        self._seen.pop(key, None)
