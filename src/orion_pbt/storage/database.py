"""Connections: one engine a process, and one way to open a transaction."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import weakref
from collections.abc import Iterator
from typing import Any, Callable, TypeVar, cast

from orion.core.io.database import DatabaseError
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from orion_pbt.errors import StorageError
from orion_pbt.storage import location, postgresql, sqlite
from orion_pbt.storage.waiting import LONGEST_PAUSE, Waiting

Clock = Callable[[Connection], float]
"""Seconds since 1970 by the clock that all users of a database share."""

BUSY_TIMEOUT = 60.0
"""Seconds to wait for other writers of a SQLite file before giving up."""

OUTAGE = 60.0
"""Seconds to wait for a server that was reached before and cannot be now: it may be restarted."""


class DatabaseFailed(StorageError, DatabaseError):
    """The database cannot do what was asked; Oríon's commands print it without a traceback."""


class ConnectionLost(StorageError):
    """The server closed the connection in a transaction; whether it was committed is unknown."""


Method = TypeVar("Method", bound=Callable[..., Any])


def reads_again(method: Method) -> Method:
    """Let a method that only reads do so once more where the server closed the connection."""

    @functools.wraps(method)
    def read(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except ConnectionLost:
            return method(*args, **kwargs)

    return cast(Method, read)


_abandoned: list[Engine] = []
"""Engines of a parent process. Dropping them would close connections that the parent still uses."""


class Database:
    """A database, reached from any thread and any process.

    The engine belongs to the process that made it: a forked child makes its own, and a pickle
    holds the URL only.

    Parameters
    ----------
    url:
        Where the database is, see `orion_pbt.storage.location`.
    clock:
        Tells the time instead of the database's host; for tests.
    """

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self.url = location.parse(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._clock = clock or (sqlite.clock if self.is_sqlite else postgresql.ServerClock())
        self._birthplace: int | None = os.getpid()
        self._engine: Engine | None = None
        self._pid = 0
        self._was_reached = False
        self._turn = threading.RLock()

    def __repr__(self) -> str:
        return self.url.render_as_string(hide_password=True)

    def __getstate__(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "_birthplace": None,
            "_engine": None,
            "_pid": 0,
            "_turn": None,
            "url": self.url.render_as_string(hide_password=False),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.url = location.parse(state["url"])
        self._turn = threading.RLock()

    @property
    def in_memory(self) -> bool:
        """Whether the database is gone with its process."""
        return self.is_sqlite and self.url.database in (None, "", ":memory:")

    @property
    def has_connections_to_spare(self) -> bool:
        """Whether a thread that only waits may keep one: those of SQLite are not counted."""
        return self.is_sqlite and not self.in_memory

    @contextlib.contextmanager
    def atomic(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that writes: all of it happens, or nothing.

        On SQLite only one such transaction is open at a time, from its beginning on.

        Raises
        ------
        ConnectionLost
            If the server went away in between.
        DatabaseFailed
            If the database cannot be reached, or cannot do it.
        """
        with self._connection("writing") as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self, snapshot: bool = False) -> Iterator[Connection]:
        """Yield a connection that only reads; it waits for nobody.

        Parameters
        ----------
        snapshot:
            Whether several statements must see the database as it is at one moment.
        """
        with self._connection("snapshot" if snapshot else "single") as connection:
            if snapshot and not self.is_sqlite:
                postgresql.take_snapshot(connection)
            yield connection

    def now(self, connection: Connection) -> float:
        """Return the time, in seconds since 1970, by the clock that all workers share."""
        return self._clock(connection)

    def close(self) -> None:
        """Close this process's connections; the next transaction opens new ones."""
        if self._engine is not None and self._pid == os.getpid():
            self._engine.dispose()
        self._engine = None

    @contextlib.contextmanager
    def _connection(self, mode: str) -> Iterator[Connection]:
        # Threads share the one connection that a database in memory has.
        turn = self._turn if self.in_memory else contextlib.nullcontext()
        try:
            with turn, self._connect() as connection:
                connection.execution_options(orion_pbt_mode=mode)
                if mode == "single" and not self.is_sqlite:
                    connection.execution_options(isolation_level="AUTOCOMMIT")
                with connection.begin():
                    yield connection
        except OperationalError as error:
            if error.connection_invalidated and self._was_reached:
                raise ConnectionLost(
                    f"The database {self!r} closed the connection: {error.orig}"
                ) from error
            raise DatabaseFailed(
                f"The database {self!r} cannot be used: {error.orig}. See that its host or "
                "directory exists and that you may write to it."
            ) from error
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise DatabaseFailed(
                f"The database {self!r} reports: {error.orig}. See that its URL names the one you "
                "mean, and that you may use it so."
            ) from error
        except (InvalidRequestError, PoolTimeout) as error:  # no connection could be had
            raise DatabaseFailed(f"The database {self!r} cannot be used: {error}") from error

    def _connect(self) -> Connection:
        """Return a connection, waiting for a server that is restarted.

        Nothing is repeated: no transaction has begun.
        """
        waiting = Waiting(OUTAGE, LONGEST_PAUSE)
        while True:
            try:
                connection = self.engine.connect()
            except OperationalError:
                # A wrong address is told at once.
                if self.is_sqlite or not self._was_reached or waiting.is_over:
                    raise
                waiting.pause()
            else:
                self._was_reached = True
                return connection

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        if self._engine is None or self._pid != os.getpid():
            if self._engine is not None:
                _abandoned.append(self._engine)
                self._turn = threading.RLock()  # a thread of the parent may have held it
            self._pid = os.getpid()
            self._engine = self._create()
            # Closes the connections of a storage that nobody closed. At exit they end anyway.
            weakref.finalize(self, _dispose, self._engine, self._pid).atexit = False
        return self._engine

    def _create(self) -> Engine:
        if self.in_memory and self._birthplace != os.getpid():
            raise StorageError(
                "A database in memory cannot be shared with another process, or copied. Use a "
                "file, e.g. sqlite:///pbt.db."
            )
        if self.is_sqlite:
            return sqlite.create_engine(self.url, self.in_memory, BUSY_TIMEOUT)
        return postgresql.create_engine(self.url)


def _dispose(engine: Engine, pid: int) -> None:
    if pid == os.getpid():
        engine.dispose()
