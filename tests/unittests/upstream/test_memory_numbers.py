"""A new document gets the number that a look at all others gives it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orion.core.io.database.ephemeraldb import EphemeralCollection, EphemeralDocument

import orion_pbt.algorithms  # noqa: F401  # puts the corrections in place
from orion_pbt.upstream.memory_lookup import WORTH_IT

NUMBERS = st.one_of(st.integers(-2, 5), st.sampled_from(["a", 3.0, 7.5]))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.none()),
        st.tuples(st.just("insert"), NUMBERS),
        st.tuples(st.just("renumber"), st.tuples(NUMBERS, NUMBERS)),
        st.tuples(st.just("delete"), NUMBERS),
    ),
    max_size=12,
)


def by_a_look_at_all(numbers: list[Any]) -> int:
    if not numbers:
        return 1
    return max([number for number in numbers if isinstance(number, int)], default=-1) + 1


@given(STEPS)
def test_the_number_is_orions(steps: list[tuple[str, Any]]) -> None:
    collection = EphemeralCollection()
    collection._queries = WORTH_IT  # use the table from the first query on
    collection.count({"status": "new"})
    taken: set[Any] = set()  # Oríon's index keeps a number that a document gave up
    for step, argument in steps:
        numbers = [document["_id"] for document in collection.find()]
        free = collection._get_new_id()
        assert free == by_a_look_at_all(numbers)
        taken.update(numbers)
        if step == "insert" and (free if argument is None else argument) not in taken:
            collection.insert_many([{} if argument is None else {"_id": argument}])
        elif step == "renumber" and argument[1] not in taken:
            collection.update_many({"_id": argument[0]}, {"$set": {"_id": argument[1]}})
        elif step == "delete":
            collection.delete_many({"_id": argument})
            collection.count({"status": "new"})


def test_a_new_document_looks_at_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    collection = EphemeralCollection()
    collection.insert_many([{"status": "new"} for _ in range(50)])
    for _ in range(WORTH_IT):
        collection.find({"status": "new", "_id": 7})
    looked_at = []
    own = EphemeralDocument.__getitem__

    def counted(self: Any, key: str) -> Any:
        looked_at.append(self)
        return own(self, key)

    monkeypatch.setattr(EphemeralDocument, "__getitem__", counted)
    (new,) = [{"status": "new"}]
    collection.insert_many([new])
    assert new["_id"] == 51
    assert {id(document) for document in looked_at} <= {
        id(collection._documents[-1]),
        id(collection._documents[-2]),
    }
