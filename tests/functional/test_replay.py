"""`orion-pbt replay`: a script that was hunted is trained along the winner's schedule."""

from __future__ import annotations

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

BIN = Path(sys.executable).parent

# Notes for each trial who trained it how, in weights that are handed down.
SCRIPT = """
    import argparse, json, os, sys, time
    from orion_pbt import report_objective, saved_checkpoint, saving_checkpoint

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--ckpt")
    args = parser.parse_args()

    print("training", sys.argv[1:])
    time.sleep(float(os.environ.get("SLEEP", "0")))
    saved = saved_checkpoint("weights.json", args.ckpt)
    history = json.loads(saved.read_text()) if saved else []
    if not history or history[-1][0] < args.epochs:
        history.append([args.epochs, args.lr, os.environ.get("ORION_PBT_REPLICA")])
    with saving_checkpoint("weights.json", args.ckpt) as path:
        path.write_text(json.dumps(history))
    report_objective(sum(abs(lr - 1 / epochs) for epochs, lr, _ in history))
"""


class Lab:
    """A directory with a population that was hunted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.storage = {"type": "sql", "url": f"sqlite:///{path / 'pbt.db'}"}
        settings = {"population_size": 4, "generations": 3, "seed": 1}
        experiment = {"name": "exp", "algorithm": {"pbt": settings}, "working_dir": "trials"}
        config = {"experiment": experiment, "storage": self.storage}
        (path / "pbt.yaml").write_text(yaml.safe_dump(config))
        (path / "train.py").write_text(textwrap.dedent(SCRIPT))

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(BIN / command[0]), *command[1:]],
            cwd=self.path,
            env={
                **os.environ,
                "PATH": f"{BIN}:{os.environ['PATH']}",
                "PYTHONWARNINGS": "ignore",
                "ORION_HEARTBEAT": "1",  # what a killed worker held comes free after 5 s
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str) -> str:
        process = self.start(*command)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, output + errors
        return output

    def hunt(self) -> None:
        self.run(
            *("orion", "hunt", "--config", "pbt.yaml", "--n-workers", "2"),
            *("python", "train.py", "--lr~loguniform(1e-2, 1)"),
            *("--epochs~fidelity(1, 10, base=1)", "--ckpt", "{trial.working_dir}"),
        )

    def replay(self, *options: str) -> Any:
        return json.loads(
            self.run("orion-pbt", "replay", "--config", "pbt.yaml", "--format", "json", *options)
        )

    def trials(self, name: str) -> list[Any]:
        experiment = get_experiment(name, storage=self.storage, mode="r")
        return list(experiment.fetch_trials())

    def histories(self, name: str) -> list[list[list[Any]]]:
        """Return the histories of the longest trained weights, by the number of the replica."""
        found = [json.loads(file.read_text()) for file in self.path.glob(f"{name}/*/weights.json")]
        longest = max(map(len, found))
        return sorted((h for h in found if len(h) == longest), key=lambda h: h[-1][2])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    lab.hunt()
    return lab


def winners_history(lab: Lab, record: dict[str, Any], replica: int) -> list[list[Any]]:
    file = lab.path / "trials" / record["trial"] / "weights.json"
    return [[epochs, lr, str(replica)] for epochs, lr, _ in json.loads(file.read_text())]


def test_the_script_is_trained_along_the_winners_schedule(lab: Lab) -> None:
    record = lab.replay("--seeds", "2", "--baseline", "--n-workers", "2")
    assert lab.histories("exp-replay") == [winners_history(lab, record, n) for n in (1, 2)]
    # The script has no noise, so the replays are as good as the winner.
    assert record["replays"] == pytest.approx([record["winner"]] * 2)
    lr = winners_history(lab, record, 1)[0][1]
    levels = [level for level, _, _ in winners_history(lab, record, 1)]
    assert lab.histories("exp-replay-baseline") == [[[level, lr, "1"] for level in levels]]
    assert record["baseline"] == pytest.approx([sum(abs(lr - 1 / level) for level in levels)])
    if record["schedule_share"] is not None:
        assert record["schedule_share"] == pytest.approx(1)


@pytest.mark.slow
def test_a_stretched_schedule_ends_at_the_larger_budget(lab: Lab) -> None:
    record = lab.replay("--stretch", "2", "--as", "longer")
    assert record["fidelity"] == 20
    (history,) = lab.histories("longer")
    assert [level for level, _, _ in history] == [2, 8, 14, 20]
    assert [lr for _, lr, _ in history] == [lr for _, lr, _ in winners_history(lab, record, 1)]
    assert record["schedule_share"] is None


@pytest.mark.slow
def test_killed_in_the_middle_it_is_gone_on_with(lab: Lab) -> None:
    command = ["orion-pbt", "replay", "--config", "pbt.yaml", "--seeds", "2", "--as", "killed"]
    killed = lab.start(*command, SLEEP="0.3")
    deadline = time.monotonic() + 60
    while len(list(lab.path.glob("killed/*/weights.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=60)  # its script is soon at its end
    assert {trial.status for trial in lab.trials("killed")} >= {"completed"}
    assert len(lab.trials("killed")) < 8
    others = [lab.start(*command) for _ in range(2)]  # two at a time, each does a part of it
    for other in others:
        output, errors = other.communicate(timeout=120)
        assert other.returncode == 0, output + errors
        assert "winner" in output
    assert [trial.status for trial in lab.trials("killed")] == ["completed"] * 8
    record = lab.replay("--seeds", "2", "--as", "killed")
    assert lab.histories("killed") == [winners_history(lab, record, n) for n in (1, 2)]


def test_a_script_that_is_not_there_is_told_before_anything_is_stored(lab: Lab) -> None:
    script = lab.path / "train.py"
    script.rename(lab.path / "elsewhere.py")
    try:
        process = lab.start("orion-pbt", "replay", "--config", "pbt.yaml", "--as", "unmade")
        output, errors = process.communicate(timeout=60)
    finally:
        (lab.path / "elsewhere.py").rename(script)
    assert process.returncode == 1
    assert "train.py' of experiment 'exp' is not here" in errors
    assert "Traceback" not in output + errors
    assert not (lab.path / "unmade").exists()


@pytest.mark.slow
def test_a_script_that_always_breaks_ends_in_an_error(lab: Lab) -> None:
    script = lab.path / "train.py"
    whole = script.read_text()
    script.write_text("raise SystemExit('out of memory')")
    try:
        process = lab.start("orion-pbt", "replay", "--config", "pbt.yaml", "--as", "breaks")
        output, errors = process.communicate(timeout=60)
    finally:
        script.write_text(whole)
    assert process.returncode == 1
    assert "out of memory" in errors
    assert "given up: 4 first trials of it broke" in output
    assert "replica 1: nothing was completed" in output
