"""An experiment that has begun."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment

from orion_pbt.checkpoints import Outlook, needed
from orion_pbt.checkpoints.trials import engine_of
from orion_pbt.cli.checks.base import OK, PROBLEM, WARNING, Check
from orion_pbt.cli.checks.experiment import check_experiment


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    """Return a client of an experiment of three members, which has not begun."""
    client = build_experiment(
        "exp",
        space={"lr": "loguniform(1e-3, 1)", "epochs": "fidelity(1, 3, base=1)"},
        algorithm={"pbt": {"seed": 1, "population_size": 3, "generations": 2}},
        storage={"type": "sql", "url": f"sqlite:///{tmp_path / 'pbt.db'}"},
        working_dir=str(tmp_path),
        max_broken=3,
    )
    yield client
    for trial in client.fetch_trials_by_status("reserved"):
        client.release(trial)
    client.close()


def check(client: Any) -> dict[str, Check]:
    return {check.name: check for check in check_experiment(client, engine_of(client))}


def train(client: Any, tmp_path: Path, count: int) -> list[str]:
    """Complete trials, with files, and return their ids."""
    trials = [client.suggest() for _ in range(count)]
    for number, trial in enumerate(trials):
        (tmp_path / trial.id).mkdir(exist_ok=True)
        client.observe(trial, float(number))
    return [trial.id for trial in trials]


def test_before_it_begins(client: Any) -> None:
    found = check(client)
    assert {check.verdict for check in found.values()} == {OK}
    assert found["trials"].found == "none yet"
    assert found["running trials"].found == "none: no worker is at work"


def test_all_is_in_order(client: Any, tmp_path: Path) -> None:
    train(client, tmp_path, 3)
    client.suggest()
    found = check(client)
    assert {check.verdict for check in found.values()} == {OK}
    assert found["trials"].found == "1 reserved, 3 completed"
    assert found["lock of the algorithm"].found == "free"
    assert found["needed checkpoints"].found == "all 3 are there"


def test_checkpoints_that_are_gone(client: Any, tmp_path: Path) -> None:
    for key in train(client, tmp_path, 3):
        shutil.rmtree(tmp_path / key)
    client.suggest()
    told = check(client)["needed checkpoints"]
    wanted = needed(Outlook.of(engine_of(client)))
    assert told.verdict == PROBLEM
    assert told.found.startswith("3 of 3 are missing: ")
    assert any(key[:7] in told.found for key in wanted)


def test_broken_ones(client: Any, tmp_path: Path) -> None:
    train(client, tmp_path, 3)
    for number, verdict in ((1, WARNING), (2, WARNING), (3, PROBLEM)):
        client.release(client.suggest(), status="broken")
        told = check(client)["broken trials"]
        assert (told.verdict, told.found[0]) == (verdict, str(number))


def test_one_whose_worker_is_gone(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = client.suggest()
    database = client.storage._database
    clock = database._clock
    monkeypatch.setattr(database, "_clock", lambda connection: clock(connection) + 3600)
    told = check(client)["running trials"]
    assert told.verdict == WARNING
    assert told.found.endswith(f"for long: {trial.id[:7]}")


def test_who_holds_the_lock(client: Any) -> None:
    with client.storage.acquire_algorithm_lock(uid=client.id):
        told = check(client)["lock of the algorithm"]
    assert told.found.startswith("held by ")
    assert told.found.endswith("free in 30 s")


def test_members_that_were_given_up(client: Any) -> None:
    engine = engine_of(client)
    engine.max_retries = 0
    client.release(client.suggest(), status="broken")
    engine._history.stop(None, "No root could be trained.")
    engine._history.stop(None, "No root could be trained.")
    told = check(client)["given-up members"]
    assert (told.verdict, told.found) == (WARNING, "2: No root could be trained. (2 times)")


def test_another_algorithm(tmp_path: Path) -> None:
    client = build_experiment(
        "random",
        space={"lr": "loguniform(1e-3, 1)"},
        algorithm="random",
        storage={"type": "sql", "url": f"sqlite:///{tmp_path / 'pbt.db'}"},
        working_dir=str(tmp_path),
    )
    found = check(client)
    assert found["algorithm"].verdict == WARNING
    assert "random" in found["algorithm"].found
    assert "given-up members" not in found
    client.close()
