"""The documents of an in-memory collection, by the values that queries name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from orion.core.io.database.ephemeraldb import EphemeralDocument

FIELDS = ("_id", "id", "status", "experiment", "name")
"""What the queries of Oríon's storage look for."""


class Table:
    """Documents by the values of some of their fields, in the order of their arrival."""

    def __init__(self, documents: Iterable[EphemeralDocument]) -> None:
        self._places: dict[str, dict[Hashable, dict[int, EphemeralDocument]]] = {
            field: {} for field in FIELDS
        }
        self._counts: Counter[tuple[Hashable, Hashable]] = Counter()
        self._order: dict[int, int] = {}
        self._highest: int | None = None
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
        number = document["_id"]
        if isinstance(number, int) and (self._highest is None or number > self._highest):
            self._highest = number

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

    def highest_number(self) -> int | None:
        """Return the highest whole number that is the ``_id`` of a document, None without one."""
        if not self._has_number(self._highest):
            # The document that had it was given another ``_id``, which Oríon never does.
            self._highest = max(filter(self._has_number, self._numbers()), default=None)
        return self._highest

    def _numbers(self) -> Iterator[int]:
        return (number for number in self._places["_id"] if isinstance(number, int))

    def _has_number(self, number: Any) -> bool:
        holders = self._places["_id"].get(number, {}).values()
        return any(isinstance(document["_id"], int) for document in holders)

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
