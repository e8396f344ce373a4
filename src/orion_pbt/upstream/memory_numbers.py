"""The in-memory database numbers a new document without a look at all others.

Oríon gives it the highest number of all documents plus one, and looks at each of them for that.
"""

from __future__ import annotations

from typing import Any, Callable

from orion.core.io.database.ephemeraldb import EphemeralCollection

from orion_pbt.upstream.memory_table import Table


def install() -> None:
    """Let a collection ask its table, where it has one."""
    EphemeralCollection._get_new_id = _get_new_id(EphemeralCollection._get_new_id)


def _get_new_id(own: Callable[[Any], int]) -> Callable[[Any], int]:
    def get_new_id(self: Any) -> int:
        table: Table | None = getattr(self, "_table", None)
        highest = None if table is None else table.highest_number()
        # Without documents, or with none that has a number, Oríon's own way is short.
        return own(self) if highest is None else highest + 1

    return get_new_id
