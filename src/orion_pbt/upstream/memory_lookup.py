"""The in-memory database, and PickledDB that is made of it, finds documents without a search.

Oríon compares each query with each document, and copies the query for each of them, some twenty
times a trial. A collection keeps a table of its documents by the values that queries name.
"""

from __future__ import annotations

from typing import Any

from orion.core.io.database.ephemeraldb import EphemeralCollection, EphemeralDocument

from orion_pbt.upstream.flat_documents import flat
from orion_pbt.upstream.memory_table import Table

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


def _table(self: Any) -> Table:
    if not hasattr(self, "_table"):
        self._table = Table(self._documents)
    table: Table = self._table
    return table


def _matching(self: Any, query: dict[str, Any] | None) -> list[EphemeralDocument]:
    if not query:
        return list(self._documents)
    flat_query = flat(query)
    self._queries = getattr(self, "_queries", 0) + 1
    documents = self._documents
    if self._queries >= WORTH_IT:
        documents = _table(self).candidates(flat_query, documents)
    return [
        document
        for document in documents
        if all(document.match_key(key, value) for key, value in flat_query.items())
    ]


def _find(self: Any, query: Any = None, selection: Any = None) -> list[Any]:
    return [document.select(selection) for document in _matching(self, query)]


def _count(self: Any, query: Any = None) -> int:
    known = None
    if query and hasattr(self, "_table"):
        known = _table(self).count(flat(query))
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
