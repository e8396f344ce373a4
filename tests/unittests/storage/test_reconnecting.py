"""A PostgreSQL server that closes all connections, as one that is restarted does."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy
from orion.client import build_experiment

from orion_pbt.errors import StorageError
from orion_pbt.storage import SQL
from orion_pbt.storage.database import ConnectionLost, Database, reads_again
from orion_pbt.storage.location import parse

PATIENCE = 30.0


def close_all(url: str) -> int:
    """Let the server close the connections of a schema's users; return how many there were."""
    schema = str(parse(url).query["options"]).rpartition("=")[2]
    engine = sqlalchemy.create_engine(parse(url))
    query = sqlalchemy.text(
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND application_name = :schema"
    )
    with engine.connect() as connection:
        closed: int = connection.execute(query, {"schema": schema}).scalar_one()
    engine.dispose()
    return closed


@pytest.fixture
def named(postgresql_url: str) -> str:
    """Return the URL of a schema whose users the server can tell from others."""
    schema = str(parse(postgresql_url).query["options"]).rpartition("=")[2]
    return f"{postgresql_url}&application_name={schema}"


def test_work_goes_on_in_new_connections(named: str) -> None:
    storage = SQL(named)
    client = build_experiment("exp", space={"x": "uniform(0, 1)"}, storage=storage, max_trials=3)
    for number in range(1, 4):
        assert close_all(named) >= 1
        trial = client.suggest()
        assert close_all(named) >= 1
        client.observe(trial, 1.0)
        assert storage.count_trials([client.id]) == {"completed": number}
    storage.close()


def test_what_is_cut_off_is_told_and_not_repeated(named: str) -> None:
    database = Database(named)
    table = sqlalchemy.text("CREATE TABLE numbers (number integer)")
    insert = sqlalchemy.text("INSERT INTO numbers VALUES (:number)")
    with database.atomic() as connection:
        connection.execute(table)

    def interrupted(number: int) -> None:
        with database.atomic() as connection:
            connection.execute(insert, {"number": number})
            close_all(named)
            connection.execute(insert, {"number": number})

    with pytest.raises(ConnectionLost, match="closed the connection"):
        interrupted(1)
    with database.atomic() as connection:
        connection.execute(insert, {"number": 2})
    with database.reading() as connection:
        rows = connection.execute(sqlalchemy.text("SELECT number FROM numbers")).scalars().all()
    assert rows == [2]
    database.close()


def test_who_waits_for_the_lock_goes_on_waiting(named: str) -> None:
    holder, waiter = SQL(named, lock_lease=20), SQL(named, lock_lease=20)
    client = build_experiment("exp", space={"x": "uniform(0, 1)"}, storage=holder)
    waits, got = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def wait() -> None:
        waits.set()
        try:
            with waiter.acquire_algorithm_lock(uid=client.id, timeout=PATIENCE):
                got.set()
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=wait)
    with holder.acquire_algorithm_lock(uid=client.id) as locked:
        locked.set_state({"number": 1})
        thread.start()
        assert waits.wait(PATIENCE)
        while close_all(named) < 2 and not failed:  # the holder's, and the waiter's
            holder.get_algorithm_lock_info(uid=client.id)
        assert not got.is_set()
    thread.join(PATIENCE)
    assert got.is_set()
    assert not failed
    assert holder.get_algorithm_lock_info(uid=client.id).state == {"number": 1}
    holder.close()
    waiter.close()


def test_a_server_that_was_never_reached_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setattr("orion_pbt.storage.waiting.Waiting.pause", forbidden)
    with pytest.raises(Exception, match="cannot be used"):
        SQL("postgresql://127.0.0.1:1/db?connect_timeout=1")


def test_only_a_lost_connection_is_read_again() -> None:
    errors: list[Exception] = [ConnectionLost("once")]

    @reads_again
    def read(number: int, *, factor: int) -> int:
        if errors:
            raise errors.pop()
        return number * factor

    assert read(2, factor=3) == 6
    errors += [StorageError("the disk is full")]
    with pytest.raises(StorageError, match="full"):
        read(2, factor=3)
    errors += [ConnectionLost("twice"), ConnectionLost("once")]
    with pytest.raises(ConnectionLost, match="twice"):
        read(2, factor=3)


def forbidden(*_args: Any) -> None:
    raise AssertionError("it waited")
