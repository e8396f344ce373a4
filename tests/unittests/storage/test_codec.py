"""What goes in comes out, of the same type, and nothing else can come out."""

from __future__ import annotations

import datetime
import enum
import pickle
from collections import OrderedDict, defaultdict
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orion.core.worker.trial import Trial

from orion_pbt.errors import StorageError
from orion_pbt.storage import codec

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    # ISO 8601 does not know which of two hours at the end of summer a local time is in.
    | st.datetimes().filter(lambda date: not date.fold)
    | st.datetimes(timezones=st.just(datetime.timezone.utc)).filter(lambda date: not date.fold)
    | st.dates()
    | st.times().filter(lambda time: not time.fold)
    | st.timedeltas()
)
HASHABLE = st.integers() | st.text() | st.booleans() | st.none()
PLAIN = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(HASHABLE | st.sampled_from(["$tuple", "$", "a.b"]), inner)
        | st.sets(HASHABLE)
        | st.frozensets(HASHABLE)
        | st.dictionaries(HASHABLE, inner).map(OrderedDict)
    ),
    max_leaves=20,
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are alike to the last bit, their types too."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        pairs = zip(one.items(), other.items())
        return len(one) == len(other) and all(same(a, b) for a, b in pairs)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (set, frozenset)):
        return {(type(item), item) for item in one} == {(type(item), item) for item in other}
    return repr(one) == repr(other)


@given(PLAIN)
def test_plain_data_comes_back(value: Any) -> None:
    text = codec.dumps(value)
    assert text.isascii()
    assert same(codec.loads(text), value)


@pytest.mark.parametrize(
    "value",
    [
        numpy.float64(0.1),
        numpy.float32(0.1),
        numpy.float64("nan"),
        numpy.int8(-3),
        numpy.uint64(2**64 - 1),
        numpy.bool_(True),
        numpy.str_("é"),
        numpy.str_(""),
        numpy.bytes_(b""),
        numpy.complex128(1 + 2j),
        numpy.longdouble("0.1"),
        numpy.datetime64("2024-02-29T01:02:03"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_numpy_scalars_come_back(value: Any) -> None:
    back = codec.loads(codec.dumps(value))
    assert type(back) is type(value)
    assert back.dtype == value.dtype
    assert repr(back) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        numpy.arange(12, dtype="i2").reshape(3, 4),
        numpy.array([[1.5, float("nan")]], dtype="f4").T,
        numpy.array([], dtype="f8"),
        numpy.array(3.0),
        numpy.array(["a", "bc"]),
        numpy.array([None, {"a": (1, 2)}, "x"], dtype=object),
        numpy.array([True, False]),
    ],
    ids=str,
)
def test_numpy_arrays_come_back(value: Any) -> None:
    back = codec.loads(codec.dumps(value))
    assert (back.dtype, back.shape) == (value.dtype, value.shape)
    numpy.testing.assert_array_equal(back, value)
    assert back.flags.writeable


def test_random_generators_go_on() -> None:
    old = numpy.random.RandomState(3)
    old.normal()
    back = codec.loads(codec.dumps({"rng": old, "state": old.get_state()}))
    assert back["rng"].normal() == old.normal()
    tuples = numpy.random.RandomState()
    tuples.set_state(back["state"])
    new = numpy.random.default_rng(5)
    assert codec.loads(codec.dumps(new)).random() == new.random()


def test_defaultdicts_keep_their_factory() -> None:
    value: Any = defaultdict(set, {"a": {1}})
    back = codec.loads(codec.dumps(value))
    back["b"].add(2)
    assert back == {"a": {1}, "b": {2}}
    assert codec.loads(codec.dumps(defaultdict(None, {1: 2}))).default_factory is None
    with pytest.raises(StorageError):
        codec.dumps(defaultdict(lambda: 3))


def test_trials_come_back() -> None:
    trial = Trial(
        params=[{"name": "x", "type": "real", "value": 0.1}],
        experiment=3,
        status="completed",
        results=[{"name": "o", "type": "objective", "value": 1.0}],
        parent="p",
        submit_time=datetime.datetime(2024, 1, 1),
        _id="override",
    )
    back = codec.loads(codec.dumps({"t": [trial]}))["t"][0]
    assert type(back) is Trial
    assert back.to_dict() == trial.to_dict()
    assert back.id == trial.id


class Colour(enum.IntEnum):
    RED = 1


class Text(str):
    pass


@pytest.mark.parametrize(
    "value",
    [object(), lambda: 1, Colour.RED, Text("x"), 1j, ValueError(), numpy.zeros(1, [("a", "i4")])],
    ids=lambda value: type(value).__name__,
)
def test_an_unknown_type_is_an_error(value: Any) -> None:
    with pytest.raises(StorageError, match="cannot be stored"):
        codec.dumps({"deep": [value]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"$pickle":"gASVAA=="}', "does not know"),
        ("not json", "not JSON"),
        ('{"$generator":{"bit_generator":"os"}}', "unknown generator"),
    ],
)
def test_what_was_not_written_is_not_read(text: str, message: str) -> None:
    with pytest.raises(StorageError, match=message):
        codec.loads(text)


def test_nothing_is_unpickled(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("unpickled")

    text = codec.dumps({"a": numpy.array([None], dtype=object), "b": numpy.random.RandomState(1)})
    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(pickle, "load", refuse)
    codec.loads(text)
