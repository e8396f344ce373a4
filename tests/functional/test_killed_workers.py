"""Workers killed at any moment: nothing is lost, done twice, or decided otherwise."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment
from orion.core.utils.exceptions import (
    CompletedExperiment,
    ReservationRaceCondition,
    WaitingForTrials,
)
from orion.storage.base import FailedUpdate, LockAcquisitionTimeout

WORKERS = 8
KILLS = 300
POPULATION = 20
GENERATIONS = 149
LEASE = 0.5

# A barrier: each decision sees the whole generation, in whatever order it was completed.
EXPLOIT = {"truncate": {"min_forking_population": POPULATION}}
fork = multiprocessing.get_context("fork")  # a new interpreter would take seconds to start


def storage_config(folder: Path) -> dict[str, Any]:
    return {
        "type": "sql",
        "url": f"sqlite:///{folder / 'pbt.db'}",
        "lock_lease": LEASE,
        "trial_lease": LEASE,
    }


def make_experiment(folder: Path) -> None:
    client = build_experiment(
        "exp",
        space={"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 150, base=1)"},
        algorithm={
            "pbt": {
                "population_size": POPULATION,
                "generations": GENERATIONS,
                "seed": 1,
                "exploit": EXPLOIT,
            }
        },
        storage=storage_config(folder),
        working_dir=str(folder),
    )
    client.storage.close()


def train(trial: Any) -> float:
    """Return an objective that is noise, but the same for the same trial."""
    return int(trial.id[:8], 16) / 16**8


def work(folder: Path) -> None:
    """Work on the experiment until it is done."""
    client = build_experiment("exp", storage=storage_config(folder))
    while True:
        try:
            trial = client.suggest()
            client.observe(trial, train(trial))
        except CompletedExperiment:
            return
        except (WaitingForTrials, ReservationRaceCondition, LockAcquisitionTimeout, FailedUpdate):
            time.sleep(0.005)
        except RuntimeError as error:
            if "lost" not in str(error):  # a trial taken over from this worker, which was slow
                raise


def start(folder: Path) -> Any:
    worker = fork.Process(target=work, args=(folder,))
    worker.start()
    return worker


def lock_owner(folder: Path) -> int | None:
    """Return the process that holds the algorithm's lock right now."""
    with sqlite3.connect(folder / "pbt.db", timeout=30) as database:
        row = database.execute("SELECT owner FROM algorithms WHERE expires IS NOT NULL").fetchone()
    database.close()
    return int(row[0].split(":")[1]) if row and row[0] else None


def kill_and_replace(workers: list[Any], folder: Path, rng: random.Random, number: int) -> bool:
    """Kill one worker, each third time the one in the lock; return whether that one was hit."""
    time.sleep(rng.uniform(0, 0.06))
    victim = rng.randrange(len(workers))
    in_lock = False
    if number % 3 == 0:
        pids = [worker.pid for worker in workers]
        for _ in range(200):
            owner = lock_owner(folder)
            if owner in pids:
                victim, in_lock = pids.index(owner), True
                break
    os.kill(workers[victim].pid, signal.SIGKILL)
    workers[victim].join()
    workers[victim] = start(folder)
    return in_lock


def outcome(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parent and objective of each trial, and the base of each member."""
    client = build_experiment("exp", storage=storage_config(folder))
    trials = client.fetch_trials()
    assert {trial.status for trial in trials} == {"completed"}
    parents = {trial.id: (trial.parent, trial.objective.value) for trial in trials}
    assert len(parents) == len(trials)
    with client._experiment.acquire_algorithm_lock() as algorithm:
        bases = {member.key: member.base for member in algorithm.unwrapped.lineages}
        assert algorithm.unwrapped.engine.stopped == []
    client.storage.close()
    return parents, bases


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_300_kills_change_nothing(tmp_path: Path) -> None:
    folders = [tmp_path / "disturbed", tmp_path / "undisturbed"]
    for folder in folders:
        folder.mkdir()
        make_experiment(folder)

    disturbed = folders[0]
    rng = random.Random(1)
    workers = [start(disturbed) for _ in range(WORKERS)]
    killed_in_lock = sum(
        kill_and_replace(workers, disturbed, rng, number) for number in range(KILLS)
    )
    begun = time.monotonic()
    for worker in workers:
        worker.join(timeout=600)
        assert worker.exitcode == 0
    assert time.monotonic() - begun < 600
    assert killed_in_lock > KILLS / 10

    work(folders[1])
    assert outcome(disturbed) == outcome(folders[1])
    assert len(outcome(disturbed)[0]) == POPULATION * (GENERATIONS + 1)
