"""Databases of each schema are read; one of a newer schema is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy
from orion.core.io.database import DatabaseError
from sqlalchemy.engine import Connection

from orion_pbt.errors import StorageError
from orion_pbt.storage import SQL, location, migrations
from orion_pbt.testing.storage import Worked, make_experiment, race

DATA = Path(__file__).parent / "data"


@pytest.fixture(params=range(1, migrations.SCHEMA + 1))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SQL]:
    """Return a storage on a database file that an older version of the package wrote."""
    path = tmp_path / "old.db"
    shutil.copy(DATA / f"schema_{request.param}.sqlite", path)
    storage = SQL(f"sqlite:///{path}")
    yield storage
    storage.close()


def test_an_old_database_is_read(old: SQL) -> None:
    (experiment,) = old.fetch_experiments({"refers.root_id": 1})
    assert experiment["metadata"]["datetime"] == datetime(2024, 2, 29, 12)
    worked = Worked(experiment["_id"])
    assert [trial.status for trial in old.fetch_trials(worked)] == ["new", "reserved", "completed"]
    assert old.count_trials([worked.id]) == {"new": 1, "reserved": 1, "completed": 1}
    assert [trial.status for trial in old.fetch_lost_trials(worked)] == ["reserved"]
    with old.acquire_algorithm_lock(worked) as locked:
        assert locked.state == {"log": "a" * 2000 + "b", "rng": ("MT19937", {1, 2})}
    assert old.fetch_benchmark({})[0]["name"] == "bench"
    assert old.documents.find("others", {})[0]["a"] == 1
    assert make_experiment(old, "new one").id not in (None, experiment["_id"])


def test_an_old_database_gets_the_newest_tables(old: SQL, tmp_path: Path) -> None:
    new = SQL(f"sqlite:///{tmp_path / 'new.db'}")
    shapes = []
    for storage in (old, new):
        with storage._database.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
            )
            shapes.append({tuple(row) for row in rows})
    assert shapes[0] == shapes[1]
    new.close()


def test_a_newer_database_is_refused(url: str) -> None:
    storage = SQL(url)
    newer = {"number": migrations.SCHEMA + 1, "name": "telepathy"}
    with storage._database.atomic() as connection:
        connection.execute(sqlalchemy.insert(migrations.schema.migrations).values(newer))
    storage.close()
    with pytest.raises(StorageError, match=r"schema 2 \('telepathy'\).*Upgrade orion-pbt"):
        SQL(url)


@pytest.mark.parametrize("name", ["trials", "tallies", "others"])
def test_a_database_of_another_program_is_refused_and_left_alone(url: str, name: str) -> None:
    def look() -> tuple[list[str], list[tuple[object, ...]]]:
        rows = [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")]
        return sorted(sqlalchemy.inspect(connection).get_table_names()), rows

    engine = sqlalchemy.create_engine(location.parse(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {name} (title TEXT)")
        connection.exec_driver_sql(f"INSERT INTO {name} VALUES ('clinical')")
        before = look()
    with pytest.raises(DatabaseError, match=f"tables named {name} that are not orion-pbt's"):
        SQL(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO {name} VALUES ('clinical')")
        assert look() == (before[0], before[1] * 2)
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
    engine.dispose()


def test_tables_of_another_name_are_no_obstacle(url: str) -> None:
    engine = sqlalchemy.create_engine(location.parse(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE patients (title TEXT)")
    for number in range(2):
        storage = SQL(url)
        assert len(storage.fetch_experiments({})) == number
        make_experiment(storage, str(number))
        storage.close()
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT * FROM patients").all() == []
    engine.dispose()


def test_a_setup_that_was_killed_is_done_by_the_next_one(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migrations.schema.migrations, "insert", dying)
        with pytest.raises(KeyboardInterrupt):
            SQL(url)
    storage = SQL(url)
    make_experiment(storage)
    assert len(storage.fetch_experiments({})) == 1
    storage.close()


def test_a_step_is_taken_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    SQL(url).close()
    taken: list[str] = []

    def step(connection: Connection) -> None:
        taken.append(connection.dialect.name)
        connection.exec_driver_sql("ALTER TABLE others ADD COLUMN note TEXT")

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, ("note", step)))
    monkeypatch.setattr(migrations, "SCHEMA", migrations.SCHEMA + 1)
    SQL(url).close()
    SQL(url).close()
    assert len(taken) == 1


def test_a_failed_step_leaves_the_database_as_it_was(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = SQL(url)
    make_experiment(storage)

    def step(connection: Connection) -> None:
        connection.exec_driver_sql("DROP TABLE experiments")
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, ("worse", step)))
        patch.setattr(migrations, "SCHEMA", migrations.SCHEMA + 1)
        with pytest.raises(ZeroDivisionError):
            SQL(url)
    assert len(storage.fetch_experiments({})) == 1
    storage.close()


def test_many_create_the_tables_at_once(url: str) -> None:
    storages = race([lambda: SQL(url)] * 6)
    assert all(isinstance(storage, SQL) for storage in storages), storages
    make_experiment(storages[0])
    assert len(storages[5].fetch_experiments({})) == 1
    for storage in storages:
        storage.close()


def test_tables_are_not_created_unasked(url: str) -> None:
    storage = SQL(url, setup=False)
    with pytest.raises(StorageError):
        storage.fetch_experiments({})
    storage.close()
