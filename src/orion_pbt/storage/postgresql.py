"""What is particular to PostgreSQL."""

from __future__ import annotations

import math
import select
import time
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DisconnectionError

from orion_pbt.errors import StorageError

SETUP_LOCK = 7_236_410_225_617
"""Number of the advisory lock that one process at a time holds while it creates tables."""

RESYNCHRONISED = 60.0
"""Seconds after which the server's time is asked again."""
TRUSTED = 5.0
"""Seconds without use after which a connection is tried before it is used again, even if nothing
tells that the server closed it."""

_NOW = sqlalchemy.text("SELECT extract(epoch FROM clock_timestamp())")


def create_engine(url: URL) -> Engine:
    """Return an engine that notices connections which the server closed.

    Raises
    ------
    StorageError
        If the driver is not installed.
    """
    try:
        engine = sqlalchemy.create_engine(url)
    except ModuleNotFoundError as error:
        raise StorageError(
            f"PostgreSQL needs the driver {error.name!r}. Install it with "
            "pip install 'orion-pbt[postgresql]'."
        ) from error

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: Any, record: Any, _proxy: Any) -> None:
        is_fresh = time.monotonic() - record.info.get("used", -math.inf) < TRUSTED
        if is_fresh and not _has_news(connection.fileno()):
            return
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except Exception as error:
            raise DisconnectionError from error  # the pool opens another one

    return engine


def _has_news(descriptor: int) -> bool:
    """Whether the server said something, without being asked: maybe that it closes."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


class ServerClock:
    """The time of the server: the hosts of workers may disagree about theirs.

    It asks the server once a minute, and in between counts seconds that no adjustment of the
    host's clock changes.
    """

    def __init__(self) -> None:
        self._asked_at = -math.inf
        self._answer = 0.0

    def __call__(self, connection: Connection) -> float:
        """Return seconds since 1970."""
        passed = time.monotonic() - self._asked_at
        if not 0 <= passed < RESYNCHRONISED:
            self._answer = float(connection.execute(_NOW).scalar_one())
            self._asked_at = time.monotonic()
            return self._answer
        return self._answer + passed


def lock_schema(connection: Connection) -> None:
    """Wait until no other process creates tables, and keep them out until this one commits."""
    connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(SETUP_LOCK)))


def take_snapshot(connection: Connection) -> None:
    """Let all further statements of a transaction see what the first one sees."""
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
