"""Oríon's commands on the SQL storage, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from orion.storage.base import LockAcquisitionTimeout

from orion_pbt.storage import SQL

pytestmark = pytest.mark.timeout(300)

SCRIPT = """
import sys, orion_pbt
orion_pbt.report_objective(float(sys.argv[2]))
"""
CONFIG = """
storage: {type: sql, url: 'sqlite:///pbt.db'}
experiment:
  name: exp
  working_dir: trials
  algorithm: {pbt: {population_size: 2, generations: 1, seed: 1}}
"""

Orion = Callable[..., str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a script and a configuration."""
    folder = tmp_path_factory.mktemp("hunt")
    (folder / "train.py").write_text(SCRIPT)
    (folder / "pbt.yaml").write_text(CONFIG)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Return an environment without a configuration of its user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    return {**kept, **home, "PYTHONWARNINGS": "ignore"}


@pytest.fixture(scope="module")
def orion(folder: Path) -> Orion:
    """Return a function that runs `orion` there and returns what it printed."""

    def run(*arguments: str, typed: str = "", **variables: str) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("orion")), *arguments],
            cwd=folder,
            env={**environment(folder), **variables},
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def hunted(orion: Orion) -> str:
    """Run a hunt; return what it printed."""
    script = [sys.executable, "train.py", "--lr~uniform(0, 1)", "--epochs~fidelity(1, 2, base=1)"]
    return orion("hunt", "-c", "pbt.yaml", *script)


ENVIRONMENT = {"ORION_STORAGE_TYPE": "sql", "ORION_STORAGE_URL": "sqlite:///pbt.db"}
ADDRESS = {"ORION_DB_TYPE": "sql", "ORION_DB_ADDRESS": "sqlite:///pbt.db"}


def test_hunt(hunted: str, folder: Path) -> None:
    assert "Search finished successfully" in hunted
    assert (folder / "pbt.db").exists()


@pytest.mark.usefixtures("hunted")
class TestAfterAHunt:
    def test_info_and_list_by_configuration_file(self, orion: Orion) -> None:
        assert "trials completed: 4" in orion("info", "-n", "exp", "-c", "pbt.yaml")
        assert "exp-v1" in orion("list", "-c", "pbt.yaml")

    @pytest.mark.parametrize("variables", [ENVIRONMENT, ADDRESS], ids=["url", "address"])
    def test_status_by_environment(self, orion: Orion, variables: dict[str, str]) -> None:
        assert "completed" in orion("status", "--all", **variables)

    def test_status_by_configuration_file(self, orion: Orion) -> None:
        assert "completed" in orion("status", "-c", "pbt.yaml", "-n", "exp", "--version", "1")

    def test_plot(self, orion: Orion, folder: Path) -> None:
        orion("plot", "regret", "-n", "exp", "-c", "pbt.yaml", "-o", "regret.html")
        assert (folder / "regret.html").exists()

    @pytest.mark.parametrize(
        "variables", [ENVIRONMENT, ADDRESS, {}], ids=["url", "address", "file"]
    )
    def test_db_test(self, orion: Orion, folder: Path, variables: dict[str, str]) -> None:
        printed = orion("db", "test", *([] if variables else ["-c", "pbt.yaml"]), **variables)
        assert re.search(r"DB instance SQL\(host=sqlite.*pbt.db\)", printed)
        assert "Failure" not in printed

    @pytest.mark.slow
    def test_db_release_set_and_rm(self, orion: Orion, folder: Path) -> None:
        copy = [sys.executable, "train.py", "--lr~uniform(0, 1)", "--epochs~fidelity(1, 2)"]
        options = ["--init-only", "-n", "other"]
        orion("hunt", *options, *copy, **ENVIRONMENT)
        orion("insert", "-n", "other", "python", "--lr=0.5", "--epochs=1", **ENVIRONMENT)
        # Nobody holds it, which Oríon calls a failure.
        assert "lock failed" in orion("db", "release", "other", "-f", **ENVIRONMENT)
        lock = SQL(f"sqlite:///{folder / 'pbt.db'}").acquire_algorithm_lock(uid=2)
        lock.__enter__()
        assert "success" in orion("db", "release", "other", "-f", **ENVIRONMENT)
        with pytest.raises(LockAcquisitionTimeout):
            lock.__exit__(None, None, None)
        changed = orion(
            "db", "set", "other", "status=interrupted", "status=broken", "-f", **ENVIRONMENT
        )
        assert "trials modified" in changed
        assert "1 experiments deleted" in orion("db", "rm", "other", "-f", **ENVIRONMENT)
        assert "other" not in orion("list", **ENVIRONMENT)

    @pytest.mark.slow
    def test_db_setup(self, orion: Orion, folder: Path) -> None:
        printed = orion("db", "setup", typed="sql\nsqlite:///pbt.db\n")
        (written,) = folder.glob("**/orion_config.yaml")
        assert "sqlite:///pbt.db" in written.read_text()
        assert str(written) in printed
        try:
            assert "exp-v1" in orion("list")
        finally:
            written.unlink()

    def test_serve(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (folder / "serve.yaml").write_text(f"{CONFIG}\ngunicorn: {{bind: '127.0.0.1:{port}'}}\n")
        server = subprocess.Popen(
            [str(Path(sys.executable).with_name("orion")), "serve", "-c", "serve.yaml"],
            cwd=folder,
            env=environment(folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def get(path: str) -> object:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                return json.load(answer)

        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    runtime = get("/")
                    break
                except OSError:
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            assert isinstance(runtime, dict)
            assert runtime["database"] == "SQL"
            assert get("/experiments") == [{"name": "exp", "version": 1}]
            trials = get("/trials/exp?status=completed")
            assert isinstance(trials, list)
            assert len(trials) == 4
            experiment = get("/experiments/exp")
            assert isinstance(experiment, dict)
            assert experiment["trialsCompleted"] == 4
            assert get("/benchmarks") == []
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (None, "no.db reports: file is not a database"),
        ("CREATE TABLE trials (title TEXT)", "has tables named trials that are not orion-pbt's"),
    ],
)
def test_a_file_of_something_else_is_told(
    orion: Orion, tmp_path: Path, statements: str | None, message: str
) -> None:
    file = tmp_path / "no.db"
    if statements is None:
        file.write_text("What I trained today. " * 10)
    else:
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute(statements)
    before = file.read_bytes()
    with pytest.raises(AssertionError, match=message) as refused:
        orion("list", ORION_STORAGE_TYPE="sql", ORION_STORAGE_URL=f"sqlite:///{file}")
    assert "Traceback" not in str(refused.value)
    assert file.read_bytes() == before


LOOK_AT_LEASES = """
import sqlite3, sys, time, orion_pbt
query = "SELECT expires FROM trials WHERE status = 'reserved'"
(expires,) = sqlite3.connect("leases.db").execute(query).fetchone()
with open("leases.txt", "a") as file:
    print(expires - time.time(), file=file)
orion_pbt.report_objective(float(sys.argv[2]))
"""


@pytest.mark.slow
def test_leases_of_the_configuration_file(orion: Orion, folder: Path) -> None:
    (folder / "look.py").write_text(LOOK_AT_LEASES)
    config = CONFIG.replace("pbt.db'", "leases.db', trial_lease: 5000, lock_leese: 20")
    (folder / "leases.yaml").write_text(config)
    script = ["look.py", "--lr~uniform(0, 1)", "--epochs~fidelity(1, 2, base=1)"]
    command = ["hunt", "-c", "leases.yaml", sys.executable, *script]
    with pytest.raises(AssertionError, match="Did you mean 'lock_lease'") as refused:
        orion(*command)
    assert "Traceback" not in str(refused.value)
    assert not (folder / "leases.db").exists()
    (folder / "leases.yaml").write_text(config.replace("leese", "lease"))
    assert "Search finished successfully" in orion(*command)
    leases = [float(line) for line in (folder / "leases.txt").read_text().split()]
    assert len(leases) == 4
    assert all(4000 < lease <= 5000 for lease in leases)
