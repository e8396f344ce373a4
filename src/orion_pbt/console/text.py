"""Numbers, values and durations as short text."""

from __future__ import annotations

from typing import Any

from orion_pbt.space import Params


def short_id(key: str) -> str:
    """Return the start of a member's key, enough to tell members apart by eye."""
    return key[:7]


def format_number(number: float | None) -> str:
    """Return a number with four significant digits, a dash for None."""
    return "–" if number is None else f"{number:.4g}"


def format_value(value: Any) -> str:
    """Return a hyperparameter's value as short text."""
    if isinstance(value, float):
        return format_number(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(format_value, value)) + "]"
    return str(value)


def format_params(params: Params, changed_from: Params | None = None) -> str:
    """Return hyperparameters as text; only those that differ where another point is given."""
    return " ".join(
        f"{name.lstrip('/')}={format_value(value)}"
        for name, value in params.items()
        if changed_from is None or value != changed_from[name]
    )


def format_bytes(count: float) -> str:
    """Return a number of bytes in the largest unit that leaves a whole part."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.4g} TB"


def format_duration(seconds: float) -> str:
    """Return a duration in its two largest units."""
    minutes, secs = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {secs} s" if minutes else f"{secs} s"
