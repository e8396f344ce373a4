"""A state is decoded only where another process changed it, and nobody shares it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_pbt.upstream import remembered_states

SHARED = [1]
CYCLE: list[Any] = []
CYCLE.append(CYCLE)


class Storage:
    """Whatever keeps states."""


def unreadable(*_args: Any, **_kwargs: Any) -> None:
    raise AssertionError("decoded a state")


@pytest.fixture
def storage() -> Storage:
    return Storage()


def test_what_this_process_wrote_is_not_decoded(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {"log": "x" * 10_000, "registry": {"_trials": {}}, "tuned": [1, 0.5, None]}
    pickled = remembered_states.dump(storage, "id", state)
    monkeypatch.setattr(pickle, "loads", unreadable)
    # Equal, but not the same bytes: a storage may hand out a copy.
    assert remembered_states.load(storage, "id", pickled[:5] + pickled[5:]) == state


def test_what_another_process_wrote_is_decoded_once(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered_states.dump(storage, "id", {"log": "mine"})
    theirs = pickle.dumps({"log": "theirs"})
    assert remembered_states.load(storage, "id", theirs) == {"log": "theirs"}
    monkeypatch.setattr(pickle, "loads", unreadable)
    assert remembered_states.load(storage, "id", theirs) == {"log": "theirs"}
    with pytest.raises(AssertionError, match="decoded"):
        remembered_states.load(storage, "other", theirs)


@pytest.mark.parametrize(
    "state",
    [
        {"registry": {str(number): 1 for number in range(100)}},
        {"rng": range(3)},
        {"a": SHARED, "b": SHARED},
        {"tuple": (1, [2])},
        CYCLE,
    ],
    ids=["large", "not plain", "one list twice", "tuple", "cycle"],
)
def test_another_state_is_decoded_each_time(
    storage: Storage, state: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pickled = remembered_states.dump(storage, "id", state)
    loaded = remembered_states.load(storage, "id", pickled)
    assert pickle.dumps(loaded) == pickled
    monkeypatch.setattr(pickle, "loads", unreadable)
    with pytest.raises(AssertionError, match="decoded"):
        remembered_states.load(storage, "id", pickled)


PLAIN = st.recursive(
    st.one_of(st.integers(), st.floats(allow_nan=False), st.text(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


@given(PLAIN)
def test_nobody_can_change_what_is_remembered(state: Any) -> None:
    storage = Storage()
    pickled = remembered_states.dump(storage, "id", state)
    spoil(remembered_states.load(storage, "id", pickled))
    spoil(state)
    assert remembered_states.load(storage, "id", pickled) == pickle.loads(pickled)  # noqa: S301


def spoil(value: Any) -> None:
    """Change each part of a value that can be changed."""
    if isinstance(value, dict):
        for part in value.values():
            spoil(part)
        value["spoiled"] = True
    elif isinstance(value, list):
        for part in value:
            spoil(part)
        value.append("spoiled")


def test_a_worker_alone_decodes_its_state_never(
    make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(population_size=4)
    client.observe(client.suggest(), 1.0)
    monkeypatch.setattr(remembered_states.pickle, "loads", unreadable)
    client.observe(client.suggest(), 2.0)
    assert [trial.objective.value for trial in client.fetch_trials()] == [1.0, 2.0]
