"""PickledDB reads its file only if another process wrote it, and writes it only if it has news.

Oríon reads the whole file for each of some fifteen queries a trial, and writes it whole for each
that could have changed something.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable
from weakref import WeakKeyDictionary

from orion.core.io.database.ephemeraldb import EphemeralDB
from orion.core.io.database.pickleddb import PickledDB

_last: WeakKeyDictionary[PickledDB, tuple[File, EphemeralDB]] = WeakKeyDictionary()
"""What this process last read or wrote. It is used and replaced under the file's lock only."""


def install() -> None:
    """Replace what reads and writes the file."""
    PickledDB._get_database = _get_database
    PickledDB._dump_database = _dump_database(PickledDB._dump_database)
    PickledDB.locked_database = _locked_database(PickledDB.locked_database)
    PickledDB.read = _read(PickledDB.read)
    PickledDB.write = _write
    PickledDB.read_and_write = _read_and_write


class File:
    """A file, to be told from the one that another process puts in its place.

    It is kept open, so that no other file can get its number (inode).

    Parameters
    ----------
    path:
        Where it is.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        found = os.fstat(self._descriptor)
        self.identity = found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    def read(self) -> bytes:
        """Return what is in it."""
        with open(self._descriptor, "rb", closefd=False) as stream:
            return stream.read()


def _get_database(self: Any) -> EphemeralDB:
    try:
        file = File(self.host)
    except FileNotFoundError:
        _last.pop(self, None)
        return EphemeralDB()
    if self in _last and _last[self][0].identity == file.identity:
        return _last[self][1]
    data = file.read()
    database = pickle.loads(data) if data else EphemeralDB()  # noqa: S301  # Oríon's own format
    _last[self] = file, database
    return database


def _dump_database(own: Callable[..., None]) -> Callable[..., None]:
    def dump_database(self: Any, database: EphemeralDB) -> None:
        _last.pop(self, None)  # if this fails, the file is older than what is in memory
        own(self, database)
        _last[self] = File(self.host), database

    return dump_database


def _locked_database(own: Callable[..., Any]) -> Callable[..., Any]:
    @contextmanager
    def locked_database(self: Any, write: bool = True) -> Iterator[EphemeralDB]:
        with own(self, write=write) as database:
            try:
                yield database
            except BaseException:
                _last.pop(self, None)  # it may be changed and is not written
                raise

    return locked_database


def _read(own: Callable[..., Any]) -> Callable[..., Any]:
    def read(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _apart(own(self, *args, **kwargs))

    return read


def _write(self: Any, collection_name: str, data: Any, query: Any = None) -> Any:
    with self.locked_database(write=False) as database:
        written = database.write(collection_name, data, query=query)
        if written or not os.path.exists(self.host):
            self._dump_database(database)
    return written


def _read_and_write(
    self: Any, collection_name: str, query: Any, data: Any, selection: Any = None
) -> Any:
    with self.locked_database(write=False) as database:
        found = database.read_and_write(collection_name, query, data, selection)
        if found is not None or not os.path.exists(self.host):
            self._dump_database(database)
    return _apart(found)


def _apart(answer: Any) -> Any:
    """Return a copy: the caller may change what it is given, and memory is not the file."""
    return pickle.loads(pickle.dumps(answer))  # noqa: S301  # made one line before
