"""Documents and their parts, addressed as Oríon does: ``refers.parent_id``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Document = dict[str, Any]


def flatten(document: Mapping[str, Any]) -> Document:
    """Return a document with one key a leaf, ``a.b`` for a part of a part.

    An empty mapping is a leaf, as in Oríon.
    """
    flat: Document = {}
    for key, value in document.items():
        if isinstance(value, Mapping) and value:
            for path, leaf in flatten(value).items():
                flat[f"{key}.{path}"] = leaf
        else:
            flat[str(key)] = value
    return flat


def update(document: Document, changes: Mapping[str, Any]) -> None:
    """Set parts of a document in place; a key with dots reaches into parts, making them."""
    for key, value in changes.items():
        *outer, last = key.split(".")
        part = document
        for name in outer:
            inner = part.get(name)
            if not isinstance(inner, dict):
                inner = part[name] = {}
            part = inner
        part[last] = value


def select(document: Document, selection: Mapping[str, Any] | None) -> Document:
    """Return the parts of a document that a Mongo-like projection names.

    Parameters
    ----------
    document:
        The whole document.
    selection:
        Keys to 1 for the parts that are wanted (None where there is no such part), or to 0 for
        those that are not. ``_id`` is wanted unless it is 0.
    """
    if not selection:
        return document
    wanted = flatten(selection)
    with_id = bool(wanted.pop("_id", 1))
    if not wanted and with_id:
        return {"_id": document.get("_id")}
    flat = flatten(document)
    if any(wanted.values()):
        chosen = _parts(flat, [key for key, flag in wanted.items() if flag])
    else:
        unwanted = set(_parts(flat, wanted))
        chosen = {key: value for key, value in flat.items() if key not in unwanted}
    chosen.pop("_id", None)
    if with_id:
        chosen["_id"] = document.get("_id")
    selected: Document = {}
    update(selected, chosen)
    return selected


def _parts(flat: Document, keys: Iterable[str]) -> Document:
    parts: Document = {}
    for wanted in keys:
        found = {
            key: value
            for key, value in flat.items()
            if key == wanted or key.startswith(f"{wanted}.")
        }
        parts.update(found or {wanted: None})
    return parts
