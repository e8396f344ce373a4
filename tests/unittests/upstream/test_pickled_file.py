"""PickledDB's file is read and written where that is needed, and always the truth."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from orion.core.io.database import DuplicateKeyError
from orion.core.io.database.ephemeraldb import EphemeralDB
from orion.core.io.database.pickleddb import PickledDB

import orion_pbt.algorithms  # noqa: F401  # puts the corrections in place


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "db.pkl")


@pytest.fixture
def database(path: str) -> PickledDB:
    database = PickledDB(host=path)
    database.write("trials", [{"_id": number, "status": "new"} for number in range(3)])
    return database


def by_orion_alone(path: str, command: str) -> str:
    """Do something with a database in a process that does not have this package."""
    script = (
        "import sys; from orion.core.io.database.pickleddb import PickledDB;"
        f"db = PickledDB(host={path!r}); print({command});"
        "assert not any(name.startswith('orion_pbt') for name in sys.modules)"
    )
    command_line = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command_line, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_file_that_nobody_else_wrote_is_not_read(
    database: PickledDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = pickle.loads

    def loads(data: bytes) -> Any:
        loaded = own(data)
        assert not isinstance(loaded, EphemeralDB), "read the file"
        return loaded

    monkeypatch.setattr(pickle, "loads", loads)
    assert database.count("trials", {"status": "new"}) == 3
    database.write("trials", {"status": "completed"}, {"_id": 1})
    assert database.read("trials", {"_id": 1}) == [{"_id": 1, "status": "completed"}]


def test_what_another_wrote_is_seen_at_once(database: PickledDB, path: str) -> None:
    other = PickledDB(host=path)
    for status in ("reserved", "completed", "broken"):  # texts of other lengths, and of one
        assert other.write("trials", {"status": status}, {"_id": 0}) == 1
        assert database.read("trials", {"_id": 0})[0]["status"] == status
        assert database.write("trials", {"status": "new"}, {"_id": 0}) == 1
        assert other.read("trials", {"_id": 0})[0]["status"] == "new"


def test_orion_alone_reads_it_and_writes_it(database: PickledDB, path: str) -> None:
    for _ in range(9):  # a table of the documents is made
        database.read("trials", {"status": "new"})
    database.write("trials", {"status": "broken"}, {"_id": 2})
    theirs = by_orion_alone(path, "db.count('trials'), db.read('trials', {'status': 'broken'})")
    assert theirs == "3 [{'_id': 2, 'status': 'broken'}]"
    by_orion_alone(path, "db.write('trials', [{'status': 'new'}])")
    assert database.read("trials", {"_id": 3}) == [{"_id": 3, "status": "new"}]


def test_a_file_that_somebody_put_there_is_read(database: PickledDB, path: str) -> None:
    saved = Path(path).read_bytes()
    database.write("trials", {"status": "broken"}, {"_id": 0})
    Path(path).write_bytes(saved)  # into the same file
    assert database.count("trials", {"status": "new"}) == 3
    Path(path).unlink()
    assert database.count("trials") == 0


def test_what_failed_half_way_did_not_happen(
    database: PickledDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DuplicateKeyError):
        database.write("trials", [{"_id": 8}, {"_id": 1}])
    assert database.count("trials") == 3
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", lambda *paths: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            database.write("trials", [{"_id": 9}])
    assert database.count("trials") == 3


def test_what_is_not_changed_is_not_written(database: PickledDB, path: str) -> None:
    before = os.stat(path).st_mtime_ns, os.stat(path).st_ino
    assert database.write("trials", {"status": "new"}, {"_id": 7}) == 0
    assert database.read_and_write("trials", {"_id": 7}, {"status": "new"}) is None
    assert (os.stat(path).st_mtime_ns, os.stat(path).st_ino) == before


def test_the_caller_may_change_what_it_is_given(database: PickledDB) -> None:
    database.write("trials", [{"_id": 9, "params": [1]}])
    database.read("trials", {"_id": 9})[0]["params"].append(2)
    document = database.read_and_write("trials", {"_id": 9}, {"status": "new"})
    assert document["params"] == [1]
    document["params"].append(2)
    assert database.read("trials", {"_id": 9})[0]["params"] == [1]


def test_a_database_is_sent_to_another_process_without_what_it_remembers(
    database: PickledDB,
) -> None:
    assert len(pickle.dumps(database)) < 500
    assert pickle.loads(pickle.dumps(database)).count("trials") == 3  # noqa: S301


def test_each_document_is_claimed_once(path: str) -> None:
    workers, documents = 4, 40
    PickledDB(host=path).write("trials", [{"status": "new"} for _ in range(documents)])
    start = threading.Barrier(workers)
    claimed: list[int] = []

    def work() -> None:
        own = PickledDB(host=path)
        start.wait()
        while True:
            found = own.read_and_write("trials", {"status": "new"}, {"status": "reserved"})
            if found is None:
                return
            claimed.append(found["_id"])

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == list(range(1, documents + 1))
