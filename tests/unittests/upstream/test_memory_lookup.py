"""Queries of the in-memory database find the same documents, in the same order, as a search."""

from __future__ import annotations

import pickle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from orion.core.io.database.ephemeraldb import EphemeralCollection

import orion_pbt.algorithms  # noqa: F401  # puts the corrections in place
from orion_pbt.upstream.memory_lookup import WORTH_IT

STATUSES = st.sampled_from(["new", "reserved", "completed", None])
DOCUMENTS = st.fixed_dictionaries(
    {"status": STATUSES, "experiment": st.integers(0, 2), "value": st.integers(0, 3)},
    optional={"id": st.sampled_from(["a", "b", ["unhashable"]])},
)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.one_of(STATUSES, st.fixed_dictionaries({"$in": st.lists(STATUSES)})),
        "experiment": st.one_of(st.integers(0, 3), st.just({"$ne": 1})),
        "id": st.sampled_from(["a", "b"]),
        "value": st.fixed_dictionaries({"$gte": st.integers(0, 3)}),
    },
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), DOCUMENTS),
        st.tuples(st.just("find"), QUERIES),
        st.tuples(st.just("update"), st.tuples(QUERIES, STATUSES)),
        st.tuples(st.just("delete"), QUERIES),
        st.tuples(st.just("pickle"), st.none()),
    ),
    max_size=30,
)


def search(documents: list[dict[str, Any]], query: dict[str, Any]) -> list[dict[str, Any]]:
    """Find documents by looking at each."""

    def matches(document: dict[str, Any], key: str, wanted: Any) -> bool:
        if key not in document:
            return False
        if not isinstance(wanted, dict):
            return bool(document[key] == wanted)
        ((operator, value),) = wanted.items()
        tests = {
            "$in": lambda: document[key] in value,
            "$ne": lambda: document[key] != value,
            "$gte": lambda: document[key] >= value,
        }
        return bool(tests[operator]())

    return [d for d in documents if all(matches(d, *item) for item in query.items())]


@given(STEPS)
def test_it_finds_what_a_search_finds(steps: list[tuple[str, Any]]) -> None:
    collection = EphemeralCollection()
    collection._queries = WORTH_IT  # use the table from the first query on
    plain: list[dict[str, Any]] = []
    for step, argument in steps:
        if step == "insert":
            document = {**argument, "_id": len(plain) + 1000 * len(steps)}
            if all(document["_id"] != other["_id"] for other in plain):
                plain.append(dict(document))
                collection.insert_many([document])
        elif step == "find":
            assert collection.find(argument) == search(plain, argument)
            assert collection.count(argument) == len(search(plain, argument))
        elif step == "update":
            query, status = argument
            for found in search(plain, query):
                found["status"] = status
            collection.update_many(query, {"$set": {"status": status}})
        elif step == "delete":
            gone = [document["_id"] for document in search(plain, argument)]
            plain = [document for document in plain if document["_id"] not in gone]
            collection.delete_many(argument)
        else:
            collection = pickle.loads(pickle.dumps(collection))  # noqa: S301
            collection._queries = WORTH_IT
    assert collection.find() == plain


def test_a_query_looks_at_the_documents_that_it_names_only() -> None:
    collection = EphemeralCollection()
    collection.insert_many([{"_id": n, "status": "completed", "id": str(n)} for n in range(100)])
    looked_at = []
    document_type = type(collection._documents[0])
    own = document_type.match_key

    def counted(self: Any, key: str, value: Any) -> bool:
        looked_at.append(key)
        return bool(own(self, key, value))

    document_type.match_key = counted
    try:
        for _ in range(WORTH_IT):
            collection.find({"id": "7", "status": "completed"})
        looked_at.clear()
        assert len(collection.find({"id": "7", "status": "completed"})) == 1
        assert sorted(looked_at) == ["id", "status"]
    finally:
        document_type.match_key = own


def test_the_table_is_not_saved() -> None:
    collection = EphemeralCollection()
    for _ in range(WORTH_IT):
        collection.insert_many([{"id": "a"}])
        collection.find({"id": "a"})
    assert b"_table" not in pickle.dumps(collection)
