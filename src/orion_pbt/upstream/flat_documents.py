"""The in-memory database copies a document once where it flattens it.

Oríon copies what is left of it again at each of its keys, and loses a value of a key that is inside
one of the same name.
"""

from __future__ import annotations

import copy
from typing import Any

from orion.core.io.database import ephemeraldb


def install() -> None:
    """Replace the function that the in-memory database flattens with."""
    ephemeraldb.flatten = _flattened_copy


def flat(dictionary: dict[str, Any]) -> dict[str, Any]:
    """Return a dictionary without nested ones, keys joined by dots, in the order of Oríon's."""
    result: dict[str, Any] = {}
    for key in reversed(list(dictionary)):
        value = dictionary[key]
        if isinstance(value, dict) and value:
            result.update({f"{key}.{inner}": item for inner, item in flat(value).items()})
        else:
            result[key] = value
    return result


def _flattened_copy(dictionary: dict[str, Any]) -> dict[str, Any]:
    return flat(copy.deepcopy(dictionary))
