"""`orion hunt` with populations: whole programs, as a user starts them."""

from __future__ import annotations

import collections
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from orion.client import get_experiment

ORION = str(Path(sys.executable).parent / "orion")

# Appends a line to its weights for each trial, so that they tell their whole history.
SCRIPT = """
    import argparse, json, pathlib, sys
    from orion_pbt import report_objective, saved_checkpoint, saving_checkpoint

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--ckpt")
    args = parser.parse_args()

    saved = saved_checkpoint("weights.json", args.ckpt)
    history = json.loads(saved.read_text()) if saved else []
    {body}
    if not history or history[-1][0] < args.epochs:  # else it was killed after it had saved
        history.append([args.epochs, args.lr])
    with saving_checkpoint("weights.json", args.ckpt) as path:
        path.write_text(json.dumps(history))
    report_objective(sum((lr - 0.1) ** 2 for _, lr in history))
"""


class Workplace:
    """A directory with a script, a configuration and a database, and `orion` in it."""

    keep = "all"  # checkpoints, so that tests can look at them

    def __init__(self, path: Path, algorithm: dict[str, Any], body: str = "", **experiment: Any):
        self.path = path
        self.storage = {"type": "sql", "url": f"sqlite:///{path / 'pbt.db'}"}
        config = {
            "experiment": {"algorithm": algorithm, "working_dir": str(path / "wd"), **experiment},
            "storage": self.storage,
        }
        (path / "pbt.yaml").write_text(yaml.safe_dump(config))
        (path / "train.py").write_text(textwrap.dedent(SCRIPT).format(body=body))

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [ORION, *command],
            cwd=self.path,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "ORION_PBT_CHECKPOINTS_KEEP": self.keep},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def orion(self, *command: str) -> str:
        process = self.start(*command)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return output

    def hunt_command(self, workers: int = 1) -> list[str]:
        return [
            *("hunt", "-n", "exp", "--config", "pbt.yaml", "--n-workers", str(workers)),
            *(sys.executable, "train.py", "--lr~loguniform(1e-5, 1)"),
            *("--epochs~fidelity(1, 10, base=1)", "--ckpt", "{trial.working_dir}"),
        ]

    def trials(self) -> list[Any]:
        experiment = get_experiment("exp", storage=self.storage, mode="r")
        return list(experiment.fetch_trials())

    def weights(self, trial: Any) -> list[list[float]]:
        saved = (self.path / "wd" / trial.id / "weights.json").read_text()
        return [list(step) for step in json.loads(saved)]


def check_population(workplace: Workplace, population: int, generations: int) -> None:
    """Check all that a finished run promises, from the storage and the directories alone."""
    trials = {trial.id: trial for trial in workplace.trials() if trial.status == "completed"}
    assert len(trials) == population * (generations + 1)
    levels = sorted({trial.params["/epochs"] for trial in trials.values()})
    assert len(levels) == generations + 1
    assert levels[-1] == 10
    per_level = collections.Counter(trial.params["/epochs"] for trial in trials.values())
    assert set(per_level.values()) == {population}
    for trial in trials.values():
        history = workplace.weights(trial)
        assert history[-1] == [trial.params["/epochs"], trial.params["/lr"]]
        assert [epochs for epochs, _ in history] == levels[: len(history)]
        if trial.parent is None:
            assert trial.params["/epochs"] == levels[0]
        else:
            parent = trials[trial.parent]
            assert (
                levels.index(trial.params["/epochs"]) == levels.index(parent.params["/epochs"]) + 1
            )
            assert history[:-1] == workplace.weights(parent)


ALGORITHM = {"pbt": {"population_size": 4, "generations": 3, "seed": 1}}


def test_two_hunts_on_one_database_make_one_population(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, ALGORITHM)
    hunts = [workplace.start(*workplace.hunt_command(workers)) for workers in (1, 2)]
    outputs = [hunt.communicate(timeout=120)[0] for hunt in hunts]
    assert [hunt.returncode for hunt in hunts] == [0, 0], outputs
    check_population(workplace, 4, 3)
    for output in outputs:
        assert "best trial:" in output
        assert "Unable to sample" not in output


@pytest.mark.slow
def test_a_finished_population_is_raised_and_goes_on_from_its_checkpoints(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, {"pbt": {**ALGORITHM["pbt"], "generations": 4}})
    workplace.keep = "needed"
    command = workplace.hunt_command(2)
    first = [*command[:-3], "--epochs~fidelity(1, 5, base=1)", *command[-2:]]
    workplace.orion(*first)
    assert len(workplace.trials()) == 4 * 5
    config = yaml.safe_load((tmp_path / "pbt.yaml").read_text())
    config["experiment"]["algorithm"]["pbt"].update(generations=9, population_size=6)
    (tmp_path / "pbt.yaml").write_text(yaml.safe_dump(config))
    workplace.orion(*command)
    trials = workplace.trials()
    assert [trial.status for trial in trials] == ["completed"] * 6 * 10
    last = [trial for trial in trials if trial.params["/epochs"] == 10]
    assert len(last) == 6
    for trial in last:
        assert [epochs for epochs, _ in workplace.weights(trial)] == list(range(1, 11))
    config["experiment"]["algorithm"]["pbt"].update(generations=4)
    (tmp_path / "pbt.yaml").write_text(yaml.safe_dump(config))
    told = workplace.start(*first)
    output = told.communicate(timeout=120)[0]
    assert told.returncode == 1
    assert "Error: generations is 4, but this experiment has 9 by now" in output


def test_a_script_that_uses_another_learning_rate_is_told(tmp_path: Path) -> None:
    body = "from orion_pbt import check_applied; check_applied({{'lr': args.lr * 2}})"
    workplace = Workplace(tmp_path, ALGORITHM, body.format(), max_broken=1)
    hunt = workplace.start(*workplace.hunt_command())
    output = hunt.communicate(timeout=120)[0]
    assert "ReportError: The trial used lr = " in output
    assert {trial.status for trial in workplace.trials()} <= {"broken", "new"}


def test_the_end_names_the_weights_of_the_best_trial(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, ALGORITHM)
    output = workplace.orion(*workplace.hunt_command(2))
    lines = dict(line.split(":", 1) for line in output.splitlines() if line.count(":") == 1)
    weights = Path(lines["  weights"].strip())
    best = min(
        (trial for trial in workplace.trials() if trial.params["/epochs"] == 10),
        key=lambda trial: trial.objective.value,
    )
    assert weights == tmp_path / "wd" / best.id
    assert (weights / "weights.json").exists()
    assert "pbt 16/16 · generations █ █ █ █" in output


@pytest.mark.slow
def test_the_same_seed_makes_the_same_population_with_other_workers(tmp_path: Path) -> None:
    lineages = []
    for workers in (1, 2):
        path = tmp_path / str(workers)
        path.mkdir()
        # A barrier makes the inputs of each decision the same, whoever is faster.
        exploit = {"truncate": {"min_forking_population": 4, "candidate_pool_ratio": 0.25}}
        workplace = Workplace(path, {"pbt": {**ALGORITHM["pbt"], "exploit": exploit}})
        workplace.orion(*workplace.hunt_command(workers))
        lineages.append({trial.id: trial.parent for trial in workplace.trials()})
    assert lineages[0] == lineages[1]


@pytest.mark.slow
def test_a_hunt_killed_at_any_time_is_finished_by_the_next(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, ALGORITHM, body="import time; time.sleep(0.2)")
    hunt = workplace.start(*workplace.hunt_command())
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (tmp_path / "wd").exists() and len(list((tmp_path / "wd").iterdir())) >= 6:
            break
        time.sleep(0.05)
    os.kill(hunt.pid, signal.SIGINT)
    hunt.communicate(timeout=60)
    assert {trial.status for trial in workplace.trials()} >= {"completed"}
    workplace.orion(*workplace.hunt_command())
    check_population(workplace, 4, 3)


@pytest.mark.slow
def test_an_inserted_trial_joins_as_a_root(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, ALGORITHM)
    command = workplace.hunt_command()
    workplace.orion(command[0], "--init-only", *command[1:])
    workplace.orion("insert", "-n", "exp", "-c", "pbt.yaml", "train.py", "--lr=0.1", "--epochs=1")
    output = workplace.orion(*command)
    # Its objective is 0 in each generation, so nobody is better.
    check_population(workplace, 4, 3)
    best = [trial for trial in workplace.trials() if trial.params["/lr"] == 0.1]
    assert len(best) == 4
    assert "score:    0 " in output


def test_a_failing_script_shows_its_own_error(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, ALGORITHM, body="sys.exit('the GPU is on fire')")
    output = workplace.orion(*workplace.hunt_command())
    assert "the script ended with exit code 1" in output
    assert "| the GPU is on fire" in output
    assert "No trials executed" not in output
    assert "Traceback" not in output


def test_broken_trials_are_replaced(tmp_path: Path) -> None:
    # The first trial of each generation breaks.
    body = (
        "mark = pathlib.Path(f'broke-{args.epochs}')\n"
        "if not mark.exists():\n"
        "    mark.touch()\n"
        "    sys.exit('broken on purpose')"
    )
    workplace = Workplace(
        tmp_path, {"pbt": {"population_size": 4, "generations": 2, "seed": 2}}, body, max_broken=10
    )
    workplace.orion("hunt", *workplace.hunt_command()[1:7], "--worker-max-broken", "10",
                    *workplace.hunt_command()[7:])  # fmt: skip
    trials = workplace.trials()
    assert sum(trial.status == "broken" for trial in trials) == 3
    check_population(workplace, 4, 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"population_size": 1, "generations": 2}, "population_size is 1"),
        ({"population_size": 4, "generations": 50}, "generations is 50"),
        (
            {"population_size": 4, "generations": 2, "exploit": {"of_type": "TruncateExploit"}},
            "TruncateExploit.min_forking_population is 5, but it is above population_size = 4",
        ),
        (
            {"population_size": 4, "generations": 2, "explore": {"pertrub": {}}},
            "Did you mean 'perturb'?",
        ),
    ],
)
def test_impossible_settings_fail_at_once(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    workplace = Workplace(tmp_path, {"pbt": settings})
    process = workplace.start(*workplace.hunt_command())
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert message in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_info_shows_what_runs(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, {"pbt": {"population_size": 4, "generations": 2}})
    command = workplace.hunt_command()
    workplace.orion(command[0], "--init-only", *command[1:])
    info = workplace.orion("info", "-n", "exp", "-c", "pbt.yaml")
    assert "min_forking_population: 4" in info
    assert "of_type: TruncateExploit" in info


def test_orions_own_storage_works_too(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, ALGORITHM)
    workplace.storage = {
        "type": "legacy",
        "database": {"type": "pickleddb", "host": str(tmp_path / "db.pkl")},
    }
    config = yaml.safe_load((tmp_path / "pbt.yaml").read_text())
    (tmp_path / "pbt.yaml").write_text(yaml.safe_dump({**config, "storage": workplace.storage}))
    workplace.orion(*workplace.hunt_command(2))
    check_population(workplace, 4, 3)


def test_by_default_the_disk_does_not_fill_up(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, ALGORITHM)
    workplace.keep = ""
    output = workplace.orion(*workplace.hunt_command(2))
    kept = {path.parent.name for path in (tmp_path / "wd").glob("*/weights.json")}
    finished = {trial.id for trial in workplace.trials() if trial.params["/epochs"] == 10}
    assert finished <= kept
    assert len(kept) <= 8  # of 16 trials: two a member
    assert str(tmp_path / "wd") in output
