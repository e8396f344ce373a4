"""Numbers that are given out once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from orion_pbt.storage.schema import counters


def draw(connection: Connection, name: str, wanted: Any = None) -> int:
    """Return the next number of a counter, from 1 on.

    Parameters
    ----------
    connection:
        A transaction that writes; the number is given out when it commits.
    name:
        The counter.
    wanted:
        An id the user chose. If it is a number, later ones will be above it.
    """
    this = counters.c.name == name
    if connection.execute(counters.update().where(this).values(name=name)).rowcount == 0:
        connection.execute(counters.insert().values(name=name, value=0))
    last: int = connection.execute(
        select(counters.c.value).where(this).with_for_update()
    ).scalar_one()
    number = last + 1
    highest = max(number, wanted) if type(wanted) is int else number
    connection.execute(counters.update().where(this).values(value=highest))
    return number
