"""Writes the database files of ``data/``, one for each schema; run it when a schema is released.

python tests/unittests/storage/make_old_databases.py
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from orion.core.worker.trial import Trial

from orion_pbt.storage import SQL
from orion_pbt.storage.migrations import SCHEMA

DATA = Path(__file__).parent / "data"
DATE = datetime(2024, 2, 29, 12)


def fill(storage: SQL) -> None:
    """Put something into each table."""
    config = {
        "name": "old",
        "version": 1,
        "refers": {"parent_id": None, "root_id": 1, "adapter": []},
        "metadata": {"user": "tester", "datetime": DATE},
        "space": {"x": "uniform(0, 1)"},
        "algorithm": {"random": {"seed": 1}},
    }
    storage.create_experiment(config)
    storage.create_benchmark({"name": "bench", "targets": []})
    storage.documents.insert("others", {"a": 1})
    for number, status in enumerate(("new", "reserved", "completed")):
        trial = Trial(
            experiment=config["_id"],
            params=[{"name": "x", "type": "real", "value": number / 10}],
            status=status,
            submit_time=DATE + timedelta(hours=number),
            heartbeat=DATE if status == "reserved" else None,
            parent="a parent" if number else None,
        )
        if status == "completed":
            trial.results = [Trial.Result(name="o", type="objective", value=0.5)]
        storage.register_trial(trial)
    for log in ("a" * 2000, "a" * 2000 + "b"):
        with storage.acquire_algorithm_lock(uid=config["_id"]) as locked:
            locked.set_state({"log": log, "rng": ("MT19937", {1, 2})})


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    path = DATA / f"schema_{SCHEMA}.sqlite"
    path.unlink(missing_ok=True)
    storage = SQL(f"sqlite:///{path}")
    fill(storage)
    with storage._database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA journal_mode = DELETE")
        driver.execute("VACUUM")
    storage.close()
