"""Queries answer as Oríon's in-memory database does, whatever of them SQL can say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from orion.core.io.database.ephemeraldb import EphemeralDocument
from orion.core.worker.trial import Trial

from orion_pbt.errors import StorageError
from orion_pbt.storage import SQL
from orion_pbt.storage.conditions import OPERATORS
from orion_pbt.storage.documents import select

DATES = [None, datetime(2024, 1, 1), datetime(2024, 1, 1, 12, 0, 0, 1), datetime(2024, 3, 1)]
STATI = ["new", "reserved", "completed", "broken"]
VALUES: dict[str, list[Any]] = {
    "status": STATI,
    "parent": [None, "p", "q", "p\N{SNOWMAN}"],
    "submit_time": DATES,
    "end_time": DATES,
    "worker": [None, "w", 3],
    "experiment": [1, 2, "1"],
    "exp_working_dir": [None, "w"],
    "absent": [None, 1],
}
ORDERED = ("submit_time", "end_time", "status")
OURS = ("$eq", "$nin", "$lt")  # which Oríon's does not know

TRIALS = st.lists(
    st.fixed_dictionaries(
        {name: st.sampled_from(VALUES[name]) for name in VALUES if name != "absent"}
    ),
    max_size=6,
)


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, Any]:
    name = draw(st.sampled_from(sorted(VALUES)))
    values = st.sampled_from(VALUES[name])
    several = st.lists(values, max_size=3)
    of_one = [st.tuples(st.just(operator), values) for operator in ("$ne", "$eq")]
    of_many = [st.tuples(st.just(operator), several) for operator in ("$in", "$nin")]
    bounds = st.sampled_from([value for value in VALUES[name] if value is not None])
    of_order = [st.tuples(st.just(op), bounds) for op in ("$gt", "$gte", "$lt", "$lte")]
    operators = of_one + of_many + (of_order if name in ORDERED else [])
    chosen = draw(values.map(lambda value: (None, value)) | st.one_of(operators))
    return name, chosen[1] if chosen[0] is None else {chosen[0]: chosen[1]}


QUERIES = st.lists(conditions(), max_size=3).map(dict)


def plain(document: dict[str, Any], query: dict[str, Any]) -> bool:
    """Whether a document matches, by Oríon's code, which lacks three operators."""
    for name, wanted in query.items():
        operator, operand = "$eq", wanted
        if isinstance(wanted, dict):
            ((operator, operand),) = wanted.items()
        if operator not in OURS:
            found = EphemeralDocument(document).match({name: wanted})
        elif name not in document:
            found = False
        elif operator == "$eq":
            found = document[name] == operand
        elif operator == "$nin":
            found = document[name] not in operand
        else:
            found = document[name] is not None and document[name] < operand
        if not found:
            return False
    return True


@pytest.fixture
def storage(url: str) -> Iterator[SQL]:
    storage = SQL(url)
    yield storage
    storage.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trials=TRIALS, query=QUERIES)
def test_trials(storage: SQL, trials: list[dict[str, Any]], query: dict[str, Any]) -> None:
    storage.documents.delete("trials", {})
    documents = []
    for number, parts in enumerate(trials):
        trial = Trial(params=[{"name": "x", "type": "integer", "value": number}], **parts)
        storage.register_trial(trial)
        documents.append({**trial.to_dict(), "id": trial.id})
    expected = {(d["experiment"], d["id"]) for d in documents if plain(d, query)}
    found = storage.documents.find("trials", query)
    assert {(document["experiment"], document["id"]) for document in found} == expected
    assert storage.documents.change("trials", query, {"worker": "changed"}) == len(expected)
    unchanged = {name: wanted for name, wanted in query.items() if name != "worker"}
    if unchanged == query:
        assert storage.documents.delete("trials", query) == len(expected)
        assert len(storage.documents.find("trials", {})) == len(documents) - len(expected)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    experiments=st.lists(
        st.fixed_dictionaries(
            {"refers": st.sampled_from([{}, {"root_id": 1}, {"root_id": None, "parent_id": "1"}])},
            optional={
                "metadata": st.sampled_from([{"user": "me"}, {"user": "you", "n": {"a": 1}}]),
                "version": st.integers(1, 3),
            },
        ),
        max_size=5,
    ),
    query=st.dictionaries(
        st.sampled_from(["refers.root_id", "refers.parent_id", "metadata.user", "refers", "name"]),
        st.sampled_from([None, 1, "1", "me", {}, "e1", {"$ne": "me"}, {"$in": [1, "e2"]}]),
        max_size=2,
    ),
)
def test_experiments(storage: SQL, experiments: list[Any], query: dict[str, Any]) -> None:
    storage.documents.delete("experiments", {})
    documents = []
    for number, parts in enumerate(experiments):
        documents.append({"name": f"e{number}", **parts})
        storage.documents.insert("experiments", documents[-1])
    expected = [d["_id"] for d in documents if EphemeralDocument(d).match(query)]
    assert [d["_id"] for d in storage.fetch_experiments(query)] == expected


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    selection=st.dictionaries(
        st.sampled_from(["name", "metadata", "metadata.user", "metadata.n", "_id", "absent"]),
        st.sampled_from([0, 1]),
    )
)
def test_selections(selection: dict[str, int]) -> None:
    document = {"_id": 3, "name": "e", "metadata": {"user": "me", "n": {"a": 1}}, "empty": {}}
    flags = {flag for name, flag in selection.items() if name != "_id"}
    # Oríon refuses to mix them, and takes only leaves out (MongoDB takes out whole parts).
    assume(len(flags) < 2)
    assume(flags != {0} or not {"metadata", "metadata.n"} & selection.keys())
    expected = EphemeralDocument(document).select(selection)
    assert select(document, selection) == expected


def test_an_unknown_operator_is_an_error(storage: SQL) -> None:
    with pytest.raises(StorageError, match=r"\$regex.*\$in"):
        storage.fetch_trials(uid=1, where={"status": {"$regex": "n.*"}})
    assert len(OPERATORS) == 8
