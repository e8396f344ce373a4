"""Unique keys are violated with Oríon's own error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from orion.core.io.database import DuplicateKeyError
from sqlalchemy.exc import IntegrityError


@contextlib.contextmanager
def unique(what: str) -> Iterator[None]:
    """Raise `DuplicateKeyError` where `what` is there already.

    Parameters
    ----------
    what:
        Names what is written.
    """
    try:
        yield
    except IntegrityError as error:
        raise DuplicateKeyError(f"Duplicate key error: there is already {what}.") from error
