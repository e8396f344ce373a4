"""Trials are told how often their population has restarted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment
from orion.executor.base import executor_factory

import orion_pbt
from orion_pbt.checkpoints import TrialDirectories
from orion_pbt.restarting import RESTARTS, restarted

SPACE = {"lr": "uniform(0, 1)", "epochs": "fidelity(1, 12)"}
RESTARTING = {"pbt": {"population_size": 4, "generations": 8, "exploit": "restart", "seed": 1}}
IN_A_PIPELINE = {
    "pbt": {
        **RESTARTING["pbt"],
        "exploit": [{"ttest": {"min_forking_population": 2}}, {"restart": {"patience": 1}}],
    }
}


def make(folder: Path, algorithm: Any) -> Any:
    """Return a client of an experiment, as each process has one of its own."""
    database = {"type": "pickleddb", "host": str(folder / "db.pkl")}
    return build_experiment(
        "exp",
        space=SPACE,
        algorithm=algorithm,
        storage={"type": "legacy", "database": database},
        working_dir=str(folder / "wd"),
        executor=executor_factory.create("singleexecutor", n_workers=1),
    )


def run(client: Any, seen: dict[str, str | None], generations: int) -> None:
    """Train with a score that never rises, and note what the environment of each trial says."""
    keeper = TrialDirectories()
    for _ in range(4 * generations):
        trial = client.suggest()
        keeper.prepare(client, trial)
        seen[trial.id] = keeper.environment(trial).get(RESTARTS)
        client.observe(trial, 1.0)


def test_without_a_worker_there_are_none() -> None:
    assert orion_pbt.restarts() == 0


def test_a_script_reads_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RESTARTS, "3")
    assert orion_pbt.restarts() == 3


def test_a_function_is_told_by_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RESTARTS, "3")  # of a script that calls workon
    with restarted(0):
        assert orion_pbt.restarts() == 0
    assert orion_pbt.restarts() == 3


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        # The first score is the best; three that are no better follow: a restart after generation
        # 3. Then every second generation counts: three that are no better until generation 11.
        (RESTARTING, [0, 0, 0, 0, 1, 1, 1, 1, 1]),
        # One that is no better is enough: after 1, and then after 5 (3 is the first score).
        (IN_A_PIPELINE, [0, 0, 1, 1, 1, 1, 2, 2, 2]),
    ],
)
def test_each_trial_is_told(tmp_path: Path, algorithm: Any, expected: list[int]) -> None:
    client, seen = make(tmp_path, algorithm), {}
    run(client, seen, 9)
    lineages = client.algorithm.unwrapped.lineages
    told = {(lineages[key].generation, value) for key, value in seen.items()}
    assert told == {(generation, str(count)) for generation, count in enumerate(expected)}


def test_one_that_another_process_made_is_told_too(tmp_path: Path) -> None:
    first, seen = make(tmp_path, RESTARTING), {}
    run(first, seen, 5)
    trial = first.suggest()
    other = make(tmp_path, RESTARTING)
    assert trial.id not in other.algorithm.unwrapped.lineages
    keeper = TrialDirectories()
    keeper.prepare(other, trial)
    assert keeper.environment(trial)[RESTARTS] == "1"


def test_one_that_goes_on_in_its_own_directory_is_told_the_same(tmp_path: Path) -> None:
    client, seen = make(tmp_path, RESTARTING), {}
    run(client, seen, 4)
    trial = client.suggest()
    keeper = TrialDirectories()
    for _ in range(2):
        keeper.prepare(client, trial)
        assert keeper.environment(trial)[RESTARTS] == "1"


def test_other_rules_say_nothing(tmp_path: Path) -> None:
    client, seen = make(tmp_path, {"pbt": {"population_size": 4, "generations": 3}}), {}
    run(client, seen, 4)
    assert set(seen.values()) == {None}
