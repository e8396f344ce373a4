"""What is particular to SQLite."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.pool import StaticPool

from orion_pbt.storage.schema import migrations


def create_engine(url: URL, in_memory: bool, busy_timeout: float) -> Engine:
    """Return an engine whose transactions begin as this package says.

    Python's own driver begins a transaction late, at the first write, when another writer may
    already have spoilt what was read before. So it is told to keep out of it.
    """
    # Threads that wait for a lock keep their connections, and its holder needs one as well.
    options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {"max_overflow": -1}
    engine = sqlalchemy.create_engine(
        url,
        connect_args={
            "timeout": busy_timeout,
            "isolation_level": None,
            "check_same_thread": False,
        },
        **options,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        # Readers and the one writer do not wait for each other. A commit survives the death of
        # its process; a power cut may undo the last ones, but not tear one apart.
        is_wal = cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        if not is_wal and not _is_foreign(cursor):
            _change_to_wal(cursor, busy_timeout)
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("orion_pbt_mode")
        if mode != "single":  # a statement that only reads is a transaction by itself
            connection.exec_driver_sql("BEGIN" if mode == "snapshot" else "BEGIN IMMEDIATE")

    return engine


def _is_foreign(cursor: Any) -> bool:
    """Whether a file has tables, but none of ours: it may be refused, and then is as it was."""
    names = {name for (name,) in cursor.execute("SELECT name FROM sqlite_master")}
    return bool(names) and migrations.name not in names


def _change_to_wal(cursor: Any, patience: float) -> None:
    """Change the journal; while others do the same SQLite fails at once instead of waiting."""
    deadline = time.monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def clock(_connection: Connection) -> float:
    """Return the time of this host: a SQLite file is for the processes of one host."""
    return time.time()
