"""Where the database is: options, configuration file, environment, default."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orion.core
import pytest
from orion.core.io.database import DatabaseError
from orion.storage.base import setup_storage

from orion_pbt.errors import StorageError
from orion_pbt.storage import SQL, location

URL = "sqlite:///some.db"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["pytest"])
    monkeypatch.delenv("ORION_STORAGE_URL", raising=False)
    monkeypatch.setattr(orion.core, "DIRS", SimpleNamespace(user_data_dir=tmp_path / "data"))


def test_the_option_counts_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORION_STORAGE_URL", "sqlite:///other.db")
    assert location.find_url(URL, {"host": "sqlite:///third.db"}) == URL


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ({"host": URL, "type": "pickleddb", "port": 27017}, URL),
        ({"host": "localhost"}, None),
        ({"host": ""}, None),
        (None, None),
    ],
)
def test_orions_address_of_the_database(database: Any, expected: str | None) -> None:
    assert location.find_url(None, database) == (expected or location.default_url())


def test_the_default_is_a_file_of_the_user(tmp_path: Path) -> None:
    assert location.default_url() == f"sqlite:///{tmp_path}/data/orion/orion_pbt.db"
    assert (tmp_path / "data" / "orion").is_dir()


@pytest.mark.parametrize(
    "url",
    [
        *("pbt.db", "sqlite:/", "", "://", "mongodb://me:secret@h", "mysql://me:secret@host/db"),
        *("mysql://me:a@secret@host/db", "mysql://me:a/b@secret@host/db"),
    ],
)
def test_an_impossible_url_is_an_error(url: str) -> None:
    with pytest.raises(StorageError, match=r"sqlite:///relative\.db") as caught:
        location.parse(url)
    assert "secret" not in str(caught.value)


def test_a_relative_file_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert location.parse(URL).database == str(tmp_path / "some.db")


def test_postgresql_by_any_name() -> None:
    for url in ("postgresql://h/db", "postgres://h/db", "postgresql+asyncpg://h/db"):
        assert location.parse(url).drivername == "postgresql+psycopg"


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(StorageError, match=r"orion-pbt\[postgresql\]"):
        SQL("postgresql://nowhere/db")


@pytest.mark.parametrize(
    "url", ["sqlite:////no/such/directory/x.db", "postgresql://127.0.0.1:1/db?connect_timeout=1"]
)
def test_an_unreachable_database_is_an_error(url: str) -> None:
    if url.startswith("postgresql"):
        pytest.importorskip("psycopg")
    with pytest.raises(StorageError, match="cannot be used") as caught:
        SQL(url)
    assert isinstance(caught.value, DatabaseError)  # printed without a traceback


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("What I trained today. " * 10)
    with pytest.raises(DatabaseError, match="notes.txt reports: file is not a database"):
        SQL(f"sqlite:///{file}")
    assert file.read_text() == "What I trained today. " * 10


@pytest.mark.parametrize(
    "config",
    [
        {"type": "sql", "url": "URL"},
        {"type": "SQL", "url": "URL", "lock_lease": 3},
        {"type": "sql", "database": {"host": "URL"}},
        {"type": "legacy", "database": {"type": "SQL", "host": "URL"}},
        {"database": {"type": "sql", "host": "URL"}},
    ],
)
def test_orion_makes_it_from_a_configuration(config: Any, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    if "url" in config:
        config = {**config, "url": url}
    else:
        config = {**config, "database": {**config["database"], "host": url}}
    storage = setup_storage(config)
    assert type(storage) is SQL
    assert repr(storage) == f"SQL(sqlite+pysqlite:///{tmp_path / 'x.db'})"
    storage.close()


def test_the_environment_selects_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORION_STORAGE_TYPE", "sql")
    monkeypatch.setenv("ORION_STORAGE_URL", f"sqlite:///{tmp_path / 'x.db'}")
    storage = setup_storage()
    assert type(storage) is SQL
    storage.close()
    assert (tmp_path / "x.db").exists()


def test_oríons_own_databases_are_left_alone() -> None:
    storage = setup_storage({"type": "legacy", "database": {"type": "ephemeraldb"}})
    assert type(storage).__name__ == "Legacy"
