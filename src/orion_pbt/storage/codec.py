"""Typed JSON: plain data becomes text and comes back as it went in.

What JSON knows is written as it is. Everything else becomes a mapping with one key, a tag that
begins with ``$``: ``{"$tuple": [1, 2]}``. Reading builds the types of the table below and no
others; nothing is imported by name or unpickled, so a hostile database can lie, but not run code.

===================  ===========================================================================
``$float``           NaN and the infinities
``$bytes``           base64
``$tuple``, ``$set``, ``$frozenset``
``$dict``            pairs, where a key is no string or begins with ``$``
``$ordereddict``     pairs
``$defaultdict``     the factory's name and pairs
``$datetime``, ``$date``, ``$time``   ISO 8601
``$timedelta``       days, seconds, microseconds
``$numpy``           a scalar: its dtype and value
``$array``           an array: its dtype, shape and base64 bytes, or elements if they are objects
``$randomstate``     numpy's RandomState
``$generator``       numpy's Generator: the state of its bit generator
===================  ===========================================================================

Other modules add their types with `register`.
"""

from __future__ import annotations

import base64
import json
import math
from collections import OrderedDict, defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any, Callable

import numpy

from orion_pbt.errors import StorageError

Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]

_encoders: dict[type, tuple[str, Encoder]] = {}
_decoders: dict[str, Decoder] = {}

FACTORIES: dict[str, type] = {
    kind.__name__: kind for kind in (bool, dict, float, frozenset, int, list, set, str, tuple)
}
"""What a defaultdict may make."""
BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
"""What a numpy Generator may draw from."""


def dumps(value: Any) -> str:
    """Return a value as ASCII text.

    Raises
    ------
    StorageError
        If it holds something that is not plain data.
    """
    return to_text(encode(value))


def loads(text: str) -> Any:
    """Return the value that `dumps` wrote.

    Raises
    ------
    StorageError
        If the text is not one that `dumps` writes.
    """
    return decode(from_text(text))


def to_text(encoded: Any) -> str:
    """Return what `encode` made as ASCII text."""
    return json.dumps(encoded, separators=(",", ":"), allow_nan=False)


def from_text(text: str) -> Any:
    """Return what `to_text` wrote, still encoded."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise StorageError(f"The storage holds {text[:80]!r}, which is not JSON: {error}") from None


def register(kind: type, tag: str, encoder: Encoder, decoder: Decoder) -> None:
    """Let the codec write and read one more type, exactly this one and no subclass.

    Parameters
    ----------
    kind:
        The type.
    tag:
        Its mark in the text; begins with ``$``.
    encoder:
        Makes encoded data of an object; calls `encode` on the parts it does not know.
    decoder:
        Makes the object again; calls `decode` likewise.
    """
    _encoders[kind] = (tag, encoder)
    _decoders[tag] = decoder


def encode(value: Any) -> Any:
    """Return a value as lists, mappings, strings, numbers, booleans and None."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if kind is dict:
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: encode(item) for key, item in value.items()}
        return {"$dict": _pairs(value)}
    if kind is list:
        return [encode(item) for item in value]
    if kind not in _encoders:
        if not isinstance(value, numpy.generic):
            raise _unknown(value)
        kind = numpy.generic
    tag, encoder = _encoders[kind]
    return {tag: encoder(value)}


def decode(encoded: Any) -> Any:
    """Return the value of which `encode` made this."""
    kind = type(encoded)
    if kind is list:
        return [decode(item) for item in encoded]
    if kind is not dict:
        return encoded
    if len(encoded) == 1:
        ((tag, content),) = encoded.items()
        if tag.startswith("$"):
            if tag not in _decoders:
                raise StorageError(
                    f"The storage holds a value of type {tag!r}, which this version of orion-pbt "
                    "does not know. Use the version that wrote it, or a newer one."
                )
            return _decoders[tag](content)
    return {key: decode(item) for key, item in encoded.items()}


def _unknown(value: Any) -> StorageError:
    kind = type(value)
    return StorageError(
        f"A value of type {kind.__module__}.{kind.__qualname__} cannot be stored: {value!r:.80}. "
        "The SQL storage keeps plain data (numbers, strings, lists, mappings, dates, numpy "
        "arrays, trials) and never pickles. Make it plain data, or use Oríon's PickledDB."
    )


def _pairs(value: dict[Any, Any]) -> list[list[Any]]:
    return [[encode(key), encode(item)] for key, item in value.items()]


def _items(pairs: list[list[Any]]) -> list[tuple[Any, Any]]:
    return [(decode(key), decode(item)) for key, item in pairs]


def _encode_all(values: Any) -> list[Any]:
    return [encode(value) for value in values]


def _encode_defaultdict(value: defaultdict[Any, Any]) -> list[Any]:
    factory = value.default_factory
    name = None if factory is None else getattr(factory, "__name__", "")
    if name is not None and FACTORIES.get(name) is not factory:
        raise _unknown(value)
    return [name, _pairs(value)]


def _decode_defaultdict(content: list[Any]) -> defaultdict[Any, Any]:
    name, pairs = content
    return defaultdict(None if name is None else FACTORIES[name], _items(pairs))


def _encode_scalar(value: numpy.generic) -> list[Any]:
    if value.dtype.kind in "biuf" and value.dtype.itemsize <= 8:
        return [value.dtype.str, encode(value.item())]
    return [value.dtype.str, {"$bytes": _to_base64(value.tobytes())}]


def _decode_scalar(content: list[Any]) -> Any:
    dtype, value = numpy.dtype(content[0]), decode(content[1])
    if isinstance(value, bytes):
        if dtype.itemsize == 0:  # an empty text
            return dtype.type()
        return numpy.frombuffer(value, dtype)[0]
    return dtype.type(value)


def _encode_array(value: numpy.ndarray[Any, Any]) -> list[Any]:
    shape = [int(size) for size in value.shape]
    if value.dtype.fields is not None:
        raise _unknown(value)
    if value.dtype.hasobject:
        return ["O", shape, _encode_all(value.ravel().tolist())]
    return [value.dtype.str, shape, _to_base64(value.tobytes())]


def _decode_array(content: list[Any]) -> numpy.ndarray[Any, Any]:
    dtype, shape, data = content
    if dtype == "O":
        array = numpy.empty(len(data), dtype=object)
        array[:] = [decode(item) for item in data]
        return array.reshape(shape)
    return numpy.frombuffer(base64.b64decode(data), numpy.dtype(dtype)).reshape(shape).copy()


def _decode_random_state(content: Any) -> numpy.random.RandomState:
    random_state = numpy.random.RandomState()
    random_state.set_state(decode(content))
    return random_state


def _encode_generator(value: numpy.random.Generator) -> Any:
    if value.bit_generator.state.get("bit_generator") not in BIT_GENERATORS:
        raise _unknown(value)
    return encode(dict(value.bit_generator.state))


def _decode_generator(content: Any) -> numpy.random.Generator:
    state = decode(content)
    if state["bit_generator"] not in BIT_GENERATORS:
        raise StorageError(f"The storage holds an unknown generator {state['bit_generator']!r}.")
    bit_generator = getattr(numpy.random, state["bit_generator"])()
    bit_generator.state = state
    return numpy.random.Generator(bit_generator)


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


register(bytes, "$bytes", _to_base64, base64.b64decode)
register(tuple, "$tuple", _encode_all, lambda content: tuple(map(decode, content)))
register(set, "$set", _encode_all, lambda content: set(map(decode, content)))
register(frozenset, "$frozenset", _encode_all, lambda content: frozenset(map(decode, content)))
register(OrderedDict, "$ordereddict", _pairs, lambda content: OrderedDict(_items(content)))
register(defaultdict, "$defaultdict", _encode_defaultdict, _decode_defaultdict)
register(datetime, "$datetime", datetime.isoformat, datetime.fromisoformat)
register(date, "$date", date.isoformat, date.fromisoformat)
register(time, "$time", time.isoformat, time.fromisoformat)
register(
    timedelta,
    "$timedelta",
    lambda value: [value.days, value.seconds, value.microseconds],
    lambda content: timedelta(*content),
)
register(numpy.generic, "$numpy", _encode_scalar, _decode_scalar)
register(numpy.ndarray, "$array", _encode_array, _decode_array)
register(
    numpy.random.RandomState,
    "$randomstate",
    lambda value: encode(value.get_state(legacy=False)),
    _decode_random_state,
)
register(numpy.random.Generator, "$generator", _encode_generator, _decode_generator)
_decoders["$float"] = float
_decoders["$dict"] = lambda content: dict(_items(content))
