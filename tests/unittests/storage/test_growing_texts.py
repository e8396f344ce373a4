"""A string that grew costs what it grew by, and every state comes back whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_pbt.errors import StorageError
from orion_pbt.storage import growing_texts
from orion_pbt.storage.growing_texts import LONG, Piece

TEXT = st.text(max_size=3).map(lambda text: text * 700)
STATES = st.recursive(
    TEXT | st.integers() | st.tuples(st.integers()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("a/~", max_size=3), inner),
    max_leaves=8,
)


def strings(value: Any) -> Iterator[str]:
    """Yield the strings in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


@given(STATES)
def test_a_state_is_put_together_again(state: Any) -> None:
    rest, texts = growing_texts.take_apart(state)
    assert all(len(text) >= LONG for text in texts.values())
    assert not any(len(text) >= LONG for text in strings(json.loads(rest)))
    assert growing_texts.put_together(rest, texts) == state


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "x", "xy", "y", "yx"])))
)
def test_pieces_lead_to_the_newest_strings(history: list[dict[str, str]]) -> None:
    known: dict[str, str] = {}
    before: dict[str, str] = {}
    for texts in history:
        known = growing_texts.grow(known, growing_texts.growth(texts, before))
        before = texts
        assert {name: text for name, text in texts.items() if text} == {
            name: known[name] for name in texts if texts[name]
        }


def test_only_the_growth_is_news() -> None:
    pieces = growing_texts.growth(
        {"log": "abcdef", "same": "s", "other": "xyz"}, {"log": "abc", "same": "s", "other": "xx"}
    )
    assert pieces == [Piece("log", 3, "def"), Piece("other", 0, "xyz")]


def test_bytes_of_arrays_are_left_in_place() -> None:
    _, texts = growing_texts.take_apart({"rng": (b"x" * 5000,), "log": "y" * LONG})
    assert list(texts) == ["/log"]


def test_damage_is_noticed() -> None:
    with pytest.raises(StorageError, match="damaged"):
        growing_texts.grow({"log": "abc"}, [Piece("log", 4, "e")])
    rest, _ = growing_texts.take_apart({"log": "y" * LONG})
    with pytest.raises(StorageError, match="/log"):
        growing_texts.put_together(rest, {})
