"""A document is flattened as Oríon does it, and copied once."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from orion.core.io.database.ephemeraldb import EphemeralDocument
from orion.core.utils.flatten import flatten

import orion_pbt.algorithms  # noqa: F401  # puts the corrections in place

LEAVES = st.one_of(st.integers(), st.none(), st.lists(st.integers()), st.just({}))
INNERMOST = st.dictionaries(st.sampled_from(["e", "f", "$in"]), LEAVES)
INNER = st.dictionaries(st.sampled_from(["c", "d", "g"]), st.one_of(LEAVES, INNERMOST))
OUTER = st.dictionaries(st.sampled_from(["a", "b", "$set", "_id"]), st.one_of(LEAVES, INNER))


@given(OUTER)
def test_it_is_what_orion_makes_of_it_in_the_same_order(dictionary: dict[str, Any]) -> None:
    before = copy.deepcopy(dictionary)
    document = EphemeralDocument(dictionary)
    assert list(document._data.items()) == list(flatten(dictionary).items())
    assert dictionary == before


def test_a_key_inside_one_of_its_name_is_kept() -> None:
    document = EphemeralDocument({"b": {"b": {"a": 1}, "a": 2}})  # Oríon loses the 2
    assert document._data == {"b.a": 2, "b.b.a": 1}


class Copied:
    """A value that counts how often it is copied."""

    def __init__(self) -> None:
        self.times = 0

    def __deepcopy__(self, memo: Any) -> Copied:
        self.times += 1
        return self


def test_each_value_is_copied_once() -> None:
    value = Copied()
    EphemeralDocument({"a": 1, "b": {"c": {"d": value}, "e": 2}, "f": 3})
    assert value.times == 1


def test_a_document_shares_nothing_with_what_it_was_made_of() -> None:
    params = [{"name": "lr"}]
    document = EphemeralDocument({"params": params})
    params[0]["name"] = "other"
    assert document["params"] == [{"name": "lr"}]
