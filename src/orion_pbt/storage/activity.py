"""Who is at work on an experiment, and how fast: for people who watch.

What is read does not grow with the number of trials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Union

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from orion_pbt.storage import values
from orion_pbt.storage.database import Database
from orion_pbt.storage.schema import algorithms, trials

RECENT = 50
"""Completed trials that are looked at."""

_t = trials.c
_a = algorithms.c
_HELD = (
    select(_t.id, _t.owner, _t.start_time, _t.heartbeat, _t.expires)
    .where(_t.experiment == bindparam("of"), _t.status == "reserved")
    .order_by(_t.number)
)
# The latest by number: they are found without looking at the others.
_COMPLETED = (
    select(_t.start_time, _t.end_time)
    .where(_t.experiment == bindparam("of"), _t.status == "completed")
    .order_by(_t.number.desc())
    .limit(RECENT)
)
_LOCK = select(_a.owner, _a.expires).where(_a.experiment == bindparam("of"))

Times = tuple[Union[float, None], Union[float, None]]


@dataclass(frozen=True)
class Holder:
    """Who runs a trial.

    Parameters
    ----------
    trial:
        Id of the trial.
    owner:
        Host, process and a token; None if the storage does not say.
    since:
        When the trial was reserved; this and the other times in seconds since 1970.
    seen:
        When the last sign of life was given.
    expires:
        When the trial is given to another without a further sign; None if that is not known.
    """

    trial: str
    owner: str | None
    since: float | None
    seen: float | None
    expires: float | None = None


@dataclass(frozen=True)
class Activity:
    """What goes on in an experiment at one moment.

    Parameters
    ----------
    now:
        The time, by the clock that all workers share.
    holders:
        Who runs which trial.
    completed:
        When trials were begun and completed, of some of the last ones.
    lock:
        Who holds the algorithm's lock, and when that expires; None if nobody does.
    """

    now: float
    holders: tuple[Holder, ...] = ()
    completed: tuple[Times, ...] = ()
    lock: tuple[str, float] | None = None


def read(database: Database, experiment: Any) -> Activity:
    """Return what goes on in an experiment, by its id."""
    of = {"of": values.to_key(experiment)}
    with database.reading(snapshot=True) as connection:
        now = database.now(connection)
        return Activity(
            now,
            tuple(_holder(row) for row in connection.execute(_HELD, of)),
            tuple(
                (_seconds(row.start_time), _seconds(row.end_time))
                for row in connection.execute(_COMPLETED, of)
            ),
            _lock(connection, of, now),
        )


def _holder(row: Any) -> Holder:
    return Holder(row.id, row.owner, _seconds(row.start_time), _seconds(row.heartbeat), row.expires)


def _lock(connection: Connection, of: dict[str, str], now: float) -> tuple[str, float] | None:
    row = connection.execute(_LOCK, of).first()
    if row is None or row.expires is None or row.expires <= now:
        return None
    return str(row.owner), float(row.expires)


def _seconds(date: str | None) -> float | None:
    found = values.from_date(date)
    return None if found is None else values.seconds_of(found)
