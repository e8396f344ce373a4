"""Values of columns: ids, texts and dates, as Oríon has them and as the database does."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from orion_pbt.errors import StorageError


def to_key(uid: Any) -> str:
    """Return an id, a number or a string, as the text of its column; ``1`` and ``"1"`` differ.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if type(uid) in (int, str):
        return json.dumps(uid)
    raise ValueError(f"An id is a whole number or a string, not {uid!r}.")


def from_key(key: str | None) -> Any:
    """Return the id of which `to_key` made this."""
    return None if key is None else json.loads(key)


def to_text(value: Any) -> str:
    """Return a string that a database can hold.

    Raises
    ------
    ValueError
        If it is no such string.
    """
    if type(value) is not str or "\x00" in value:
        raise ValueError(f"A text is a string without NUL characters, not {value!r}.")
    value.encode()  # a lone surrogate is a ValueError too
    return value


def to_date(value: Any) -> str:
    """Return a date as text that sorts as dates do.

    Raises
    ------
    ValueError
        If it is no date, or one with a time zone, which cannot be compared to Oríon's dates.
    """
    if not isinstance(value, datetime) or value.tzinfo is not None:
        raise ValueError(f"A date is a datetime without time zone (UTC), not {value!r}.")
    return value.isoformat(timespec="microseconds")


def from_date(text: str | None) -> datetime | None:
    """Return the date of which `to_date` made this."""
    return None if text is None else datetime.fromisoformat(text)


def date_of(seconds: float) -> datetime:
    """Return seconds since 1970 as Oríon writes dates: UTC, without time zone."""
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)


def seconds_of(date: datetime) -> float:
    """Return a date of Oríon's as seconds since 1970."""
    return date.replace(tzinfo=timezone.utc).timestamp()


def bad_value(what: str, error: ValueError) -> StorageError:
    """Return the error for a value that has no place in the database."""
    return StorageError(f"{what} cannot be stored: {error}")
