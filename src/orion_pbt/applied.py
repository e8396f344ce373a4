"""Whether a script used the hyperparameters that it was asked to use.

The commonest silent failure of population based training: the optimiser restores its old learning
rate together with the weights, and the new one is never used.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from orion_pbt.errors import ReportError

ASKED = "ORION_PBT_PARAMS"
"""Environment variable in which a worker tells a script what it asks for, as JSON."""
REACTION = "ORION_PBT_APPLIED"
"""Environment variable that says what a mismatch is: ``error``, or ``warn``."""
TOLERANCE = 1e-6
"""Largest relative difference of two numbers that are the same, as single precision rounds."""

_asked_of_function: ContextVar[Mapping[str, Any] | None] = ContextVar("asked", default=None)


def check_applied(applied: Mapping[str, Any]) -> None:
    """Raise if a trial used other hyperparameters than it was asked to.

    Call it at the end of training, with values read from where they are used, such as
    ``optimizer.param_groups[0]['lr']``, and not from the arguments of the script. Without a worker
    nothing is checked.

    Parameters
    ----------
    applied: dict
        Hyperparameter → the value that was used. Any subset of them will do. Numbers are the same
        if they differ by less than one part in a million.

    Raises
    ------
    ReportError
        If a value is another one, or there is no such hyperparameter. With
        ``ORION_PBT_APPLIED=warn`` it is a warning.

    """
    asked = _asked()
    if asked is None:
        return
    wrong = []
    for name, value in applied.items():
        key = name.lstrip("/")
        if key not in asked:
            raise ReportError(
                f"Cannot check {name!r}: this trial has no such hyperparameter. It has "
                f"{', '.join(asked)}."
            )
        if not _is_same(asked[key], _plain(value)):
            wrong.append(f"{key} = {_plain(value)!r}, and was asked to use {asked[key]!r}")
    if not wrong:
        return
    message = (
        f"The trial used {'; '.join(wrong)}. A restored optimiser or scheduler often brings its "
        "old value back: set the hyperparameters after the checkpoint is loaded."
    )
    if os.environ.get(REACTION, "error") == "warn":
        warnings.warn(message, stacklevel=2)
    else:
        raise ReportError(message)


@contextmanager
def asking(params: Mapping[str, Any]) -> Iterator[None]:
    """Ask for hyperparameters while ``workon`` calls a user's function."""
    token = _asked_of_function.set(params)
    try:
        yield
    finally:
        _asked_of_function.reset(token)


def _asked() -> dict[str, Any] | None:
    """Return what this trial was asked to use, None without a worker."""
    found = _asked_of_function.get()
    if found is None:
        text = os.environ.get(ASKED)
        if not text:
            return None
        import json

        found = json.loads(text)
    return {name.lstrip("/"): _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def _is_same(asked: Any, used: Any) -> bool:
    if isinstance(asked, (list, tuple)) and isinstance(used, (list, tuple)):
        return len(asked) == len(used) and all(map(_is_same, asked, used))
    if _is_number(asked) and _is_number(used):
        return math.isclose(asked, used, rel_tol=TOLERANCE)
    return type(asked) is type(used) and bool(asked == used)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
