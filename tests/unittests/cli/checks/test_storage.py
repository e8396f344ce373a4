"""The storage."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from orion_pbt.cli.checks import storage
from orion_pbt.cli.checks.base import OK, PROBLEM, WARNING, Check
from orion_pbt.cli.checks.file_systems import FileSystem
from orion_pbt.cli.checks.storage import ANSWERS, check_storage, is_shared
from orion_pbt.errors import StorageError
from orion_pbt.storage import SQL


def check(config: dict[str, Any]) -> dict[str, Check]:
    return {check.name: check for check in check_storage(config)}


def sql(path: Path) -> dict[str, Any]:
    return {"type": "sql", "url": f"sqlite:///{path}"}


def pickled(path: Path) -> dict[str, Any]:
    return {"type": "legacy", "database": {"type": "pickleddb", "host": str(path)}}


@pytest.fixture(autouse=True)
def on_a_local_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "file_system_of", lambda path: FileSystem("ext4", "/"))


def test_one_that_works_is_left_as_it_is(tmp_path: Path) -> None:
    SQL(f"sqlite:///{tmp_path / 'pbt.db'}").close()
    found = check(sql(tmp_path / "pbt.db"))
    assert list(found) == [
        "storage",
        "storage file system",
        "schema",
        ANSWERS,
        "storage round trip",
    ]
    assert {check.verdict for check in found.values()} == {OK}
    with sqlite3.connect(tmp_path / "pbt.db") as connection:
        assert connection.execute("SELECT count(*) FROM others").fetchone() == (0,)
    connection.close()


def test_oriens_own_is_checked_too(tmp_path: Path) -> None:
    from orion.storage.base import setup_storage

    setup_storage(pickled(tmp_path / "db.pkl"))
    found = check(pickled(tmp_path / "db.pkl"))
    assert {check.verdict for check in found.values()} == {OK}
    assert ANSWERS in found


@pytest.mark.parametrize("config", [sql, pickled])
def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, config: Any) -> None:
    found = check(config(tmp_path / "db.file"))
    assert found["storage file"].verdict == OK
    assert "the first run makes it" in found["storage file"].found
    assert ANSWERS not in found
    assert os.listdir(tmp_path) == []


def test_an_empty_database(tmp_path: Path) -> None:
    (tmp_path / "pbt.db").touch()
    found = check(sql(tmp_path / "pbt.db"))
    assert found["schema"].found == "empty; the first run makes the tables"
    assert ANSWERS not in found


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    SQL(f"sqlite:///{tmp_path / 'pbt.db'}").close()
    with sqlite3.connect(tmp_path / "pbt.db") as connection:
        connection.execute("INSERT INTO orion_pbt_migrations VALUES (99, 'future')")
    connection.close()
    with pytest.raises(StorageError, match="schema 99"):
        check(sql(tmp_path / "pbt.db"))


def test_a_file_on_a_network_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "file_system_of", lambda path: FileSystem("nfs4", "/data"))
    told = check(sql(tmp_path / "pbt.db"))["storage file system"]
    assert told.verdict == PROBLEM
    assert "nfs4 at /data" in told.found


def test_a_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SQL(f"sqlite:///{tmp_path / 'pbt.db'}").close()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    assert check(sql(tmp_path / "pbt.db"))["storage file"].verdict == PROBLEM


def test_a_write_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from orion_pbt.storage.collection import Collection

    def fail(*_: Any) -> None:
        raise StorageError("read-only")

    SQL(f"sqlite:///{tmp_path / 'pbt.db'}").close()
    monkeypatch.setattr(Collection, "insert", fail)
    told = check(sql(tmp_path / "pbt.db"))[ANSWERS]
    assert (told.verdict, told.found) == (PROBLEM, "read-only")


def test_a_slow_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SQL(f"sqlite:///{tmp_path / 'pbt.db'}").close()
    monkeypatch.setattr(storage, "SLOW", 0.0)
    assert check(sql(tmp_path / "pbt.db"))["storage round trip"].verdict == WARNING


@pytest.mark.parametrize(
    "config",
    [{"type": "sql", "url": "sqlite://"}, {"type": "legacy", "database": {"type": "ephemeraldb"}}],
)
def test_in_memory(config: dict[str, Any]) -> None:
    assert WARNING in {check.verdict for check in check_storage(config)}


def test_who_can_reach_it() -> None:
    assert is_shared({"type": "sql", "url": "postgresql://host/name"})
    assert is_shared({"type": "legacy", "database": {"type": "MongoDB", "host": "x"}})
    assert not is_shared({"type": "sql", "url": "sqlite:///a.db"})
    assert not is_shared({"type": "legacy", "database": {"type": "pickleddb"}})


def test_the_password_is_not_shown() -> None:
    config = {"type": "sql", "url": "postgresql://me:secret@localhost:1/name"}
    told = next(check_storage(config))
    assert "secret" not in told.found
