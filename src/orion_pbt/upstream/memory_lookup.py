"""The in-memory database, and PickledDB that is made of it, finds documents without a search.

Oríon compares each query with each document, and copies the query for each of them, some twenty
times a trial. A collection keeps a table of its documents by the values that queries name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

from orion.core.io.database.ephemeraldb import EphemeralCollection, EphemeralDocument
from orion.core.utils.flatten import flatten

FIELDS = ("_id", "id", "status", "experiment", "name")
"""What the queries of Oríon's storage look for."""
WORTH_IT = 5
"""Queries from which on a table pays. PickledDB loads all documents anew for one or two."""


def install() -> None:
    """Let collections use their table."""
    EphemeralCollection.find = _find
    EphemeralCollection.count = _count
    EphemeralCollection.update_many = _update_many
    EphemeralCollection.delete_many = _forgetting(EphemeralCollection.delete_many)
    EphemeralCollection.drop = _forgetting(EphemeralCollection.drop)
    EphemeralCollection._register_keys = _registering(EphemeralCollection._register_keys)
    EphemeralCollection.__getstate__ = _without_table


class Table:
    """Documents by the values of some of their fields, in the order of their arrival."""

    def __init__(self, documents: Iterable[EphemeralDocument]) -> None:
        self._places: dict[str, dict[Hashable, dict[int, EphemeralDocument]]] = {
            field: {} for field in FIELDS
        }
        self._counts: Counter[tuple[Hashable, Hashable]] = Counter()
        self._order: dict[int, int] = {}
        for document in documents:
            self.add(document)

    def add(self, document: EphemeralDocument) -> None:
        """Enter a document; one that is known keeps its place in the order."""
        order = self._order.setdefault(id(document), len(self._order))
        self._tally(document, 1)
        for field in FIELDS:
            value = document[field]
            if field in document and isinstance(value, Hashable):
                self._places[field].setdefault(value, {})[order] = document

    def remove(self, document: EphemeralDocument) -> None:
        """Take a document out of the places of its present values."""
        order = self._order[id(document)]
        self._tally(document, -1)
        for field in FIELDS:
            value = document[field]
            if field in document and isinstance(value, Hashable):
                del self._places[field][value][order]

    def count(self, query: dict[str, Any]) -> int | None:
        """Return how many documents match a flat query, if that is known without a look at them."""
        if set(query) != {"experiment", "status"}:
            return None
        pair = (query["experiment"], query["status"])
        return self._counts[pair] if all(isinstance(part, Hashable) for part in pair) else None

    def _tally(self, document: EphemeralDocument, change: int) -> None:
        pair = (document["experiment"], document["status"])
        is_counted = "experiment" in document and "status" in document
        if is_counted and all(isinstance(part, Hashable) for part in pair):
            self._counts[pair] += change

    def candidates(
        self, query: dict[str, Any], documents: list[EphemeralDocument]
    ) -> list[EphemeralDocument]:
        """Return documents among which are all that match a flat query, in order."""
        best = None
        for field in FIELDS:
            places = self._places[field]
            if field in query:
                wanted = [query[field]]
            elif f"{field}.$in" in query:
                wanted = list(query[f"{field}.$in"])
            else:
                continue
            if all(isinstance(value, Hashable) for value in wanted):
                found = [places[value] for value in wanted if value in places]
                size = sum(map(len, found))
                if best is None or size < best[0]:
                    best = (size, found)
        if best is None:
            return documents
        merged = {order: document for place in best[1] for order, document in place.items()}
        return [merged[order] for order in sorted(merged)]


def _table(self: Any) -> Table:
    if not hasattr(self, "_table"):
        self._table = Table(self._documents)
    table: Table = self._table
    return table


def _matching(self: Any, query: dict[str, Any] | None) -> list[EphemeralDocument]:
    if not query:
        return list(self._documents)
    flat = flatten(query)
    self._queries = getattr(self, "_queries", 0) + 1
    documents = self._documents
    if self._queries >= WORTH_IT:
        documents = _table(self).candidates(flat, documents)
    return [
        document
        for document in documents
        if all(document.match_key(key, value) for key, value in flat.items())
    ]


def _find(self: Any, query: Any = None, selection: Any = None) -> list[Any]:
    return [document.select(selection) for document in _matching(self, query)]


def _count(self: Any, query: Any = None) -> int:
    known = None
    if query and hasattr(self, "_table"):
        known = _table(self).count(flatten(query))
    return len(_matching(self, query)) if known is None else known


def _update_many(self: Any, query: Any, update: Any) -> int:
    found = _matching(self, query)
    table = getattr(self, "_table", None)
    for document in found:
        if table is not None:
            table.remove(document)
        document.update(update)
        if table is not None:
            table.add(document)
    return len(found)


def _registering(own: Any) -> Any:
    def register_keys(self: Any, document: EphemeralDocument) -> None:
        own(self, document)
        if hasattr(self, "_table"):
            self._table.add(document)

    return register_keys


def _forgetting(own: Any) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        self.__dict__.pop("_table", None)
        return own(self, *args, **kwargs)

    return method


def _without_table(self: Any) -> dict[str, Any]:
    transient = ("_table", "_queries")
    return {name: value for name, value in self.__dict__.items() if name not in transient}
