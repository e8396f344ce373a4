"""Whether the storage can be reached, read and written, and how fast."""

from __future__ import annotations

import os
import secrets
import statistics
import time
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

from orion.core.io.database import DatabaseError
from orion.core.io.database.pickleddb import DEFAULT_HOST
from orion.storage.base import setup_storage

from orion_pbt.cli.checks.base import Check, ok, problem, warning
from orion_pbt.cli.checks.file_systems import existing, file_system_of
from orion_pbt.errors import StorageError
from orion_pbt.storage import SQL, location
from orion_pbt.storage.database import Database
from orion_pbt.storage.migrations import SCHEMA, schema_of

SLOW = 0.05
"""Seconds from which on a round trip is worth a word."""
TRIES = 5
ANSWERS = "storage is written"
"""Name of the check that a storage passes which is there and works."""
COLLECTION = "orion_pbt_doctor"
"""Where a document is written, read and removed again."""


def check_storage(config: Mapping[str, Any]) -> Iterator[Check]:
    """Check a storage, by Oríon's configuration of it. Nothing in it is changed.

    A file that is not there is not made.
    """
    kind = str(config.get("type", "legacy")).lower()
    database = dict(config.get("database") or {})
    if kind == "sql":
        yield from _check_sql(location.find_url(config.get("url"), database))
        return
    of = str(database.get("type", "pickleddb")).lower()
    if of == "ephemeraldb":
        yield warning(
            "storage",
            "in memory: it is gone with the process",
            "Use sqlite:///pbt.db to keep it, and for more than one worker.",
        )
    elif of == "pickleddb":
        path = Path(str(database.get("host") or DEFAULT_HOST))
        yield ok("storage", f"PickledDB in {path}")
        if (yield from _check_file(path, "Use PostgreSQL between machines.")):
            yield from _check_use(setup_storage(dict(config)))
    else:
        yield ok("storage", f"{kind} in a database of type {of}")
        yield from _check_use(setup_storage(dict(config)))


def is_shared(config: Mapping[str, Any]) -> bool:
    """Return whether workers on several hosts can use a storage."""
    database = dict(config.get("database") or {})
    if str(config.get("type", "legacy")).lower() == "sql":
        url = location.find_url(config.get("url"), database)
        return location.parse(url).get_backend_name() != "sqlite"
    return str(database.get("type", "pickleddb")).lower() == "mongodb"


def _check_sql(url: str) -> Iterator[Check]:
    parsed = location.parse(url)
    yield ok("storage", f"sql at {parsed.render_as_string(hide_password=True)}")
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            yield warning(
                "storage file", "in memory: gone with the process", "Use e.g. sqlite:///pbt.db."
            )
            return
        if not (yield from _check_file(Path(str(parsed.database)), "Use PostgreSQL there.")):
            return
    database = Database(url)
    with database.reading() as connection:
        schema = schema_of(database, connection)
    database.close()
    if schema == 0:
        yield ok("schema", "empty; the first run makes the tables")
    elif schema < SCHEMA:
        yield ok("schema", f"{schema}; the next run brings it to {SCHEMA}")
    else:
        yield ok("schema", str(schema))
        storage = SQL(url, setup=False)
        yield from _check_use(storage)
        storage.close()


def _check_file(path: Path, remedy: str) -> Generator[Check, None, bool]:
    """Check a database's file; return whether it is there."""
    above = existing(path.parent)
    system = file_system_of(above)
    if system is None:
        yield ok("storage file system", "this system does not tell")
    elif system.is_network:
        yield problem(
            "storage file system",
            f"{system}, a network file system: these often lie about locks, and the file breaks",
            f"Put the file on a local disk. {remedy}",
        )
    else:
        yield ok("storage file system", str(system))
    if not os.access(above, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        yield problem("storage file", f"{path} cannot be written", "Change who may write there.")
        return False
    if not path.exists():
        yield ok("storage file", f"{path} is not there; the first run makes it")
    return path.exists()


def _check_use(storage: Any) -> Iterator[Check]:
    database = storage._db
    document = {"token": secrets.token_hex(8)}
    try:
        database.write(COLLECTION, dict(document))
    except (StorageError, DatabaseError, OSError) as error:
        yield problem(ANSWERS, str(error), "See who may write there.")
        return
    found = database.read(COLLECTION, document)
    database.remove(COLLECTION, document)
    if len(found) != 1:
        yield problem(ANSWERS, "what was written is not there", "Look at its logs.")
        return
    yield ok(ANSWERS, "a document was written, read and removed")
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        database.read(COLLECTION, document)
        times.append(time.perf_counter() - start)
    seconds = statistics.median(times)
    told = f"{1000 * seconds:.1f} ms"
    if seconds > SLOW:
        yield warning(
            "storage round trip",
            f"{told}: each trial takes several",
            "Use a storage that is nearer, or trials that take longer.",
        )
    else:
        yield ok("storage round trip", told)
