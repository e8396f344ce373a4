"""`orion-pbt finalists` after a real hunt, and its function for Python functions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

import orion_pbt
from orion_pbt.errors import CheckpointError, ConfigurationError
from orion_pbt.finalists import evaluate_finalists, finalists, with_script

BIN = Path(sys.executable).parent
ALGORITHM = {"pbt": {"population_size": 4, "generations": 2, "seed": 1}}

# Its skill is its learning rate; how much noise its evaluation has is told by the repetition.
SCRIPT = """
    import argparse, os, pathlib
    from orion_pbt import report_objective
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--ckpt")
    args = parser.parse_args()
    file = pathlib.Path(args.ckpt) / "epochs"
    epochs = file.read_text().split() if file.exists() else []
    epochs += [str(e) for e in range(len(epochs) + 1, args.epochs + 1)]
    file.write_text(" ".join(epochs))
    assert len(epochs) == args.epochs
    noise = 0.001 * int(os.environ.get("ORION_PBT_REPETITION", "0"))
    report_objective(args.lr - noise, mode="max", applied={"lr": args.lr})
"""


@pytest.fixture
def hunted(tmp_path: Path) -> Path:
    """Return the directory of a finished hunt."""
    config = {
        "experiment": {"algorithm": ALGORITHM, "working_dir": "wd", "name": "exp"},
        "storage": {"type": "sql", "url": "sqlite:///pbt.db"},
    }
    (tmp_path / "pbt.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "train.py").write_text(textwrap.dedent(SCRIPT))
    run(
        *(tmp_path, "orion", "hunt", "--config", "pbt.yaml", sys.executable, "train.py"),
        *("--lr~uniform(0, 1)", "--epochs~fidelity(1, 3, base=1)", "--ckpt={trial.working_dir}"),
    )
    return tmp_path


def run(directory: Path, program: str, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=directory,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_the_best_are_evaluated_again_without_training(hunted: Path) -> None:
    before = sorted((hunted / "wd").rglob("*"))
    output = run(
        *(hunted, "orion-pbt", "finalists", "--config", "pbt.yaml", "-k", "3"),
        *("--repetitions", "2", "--n-workers", "2", "--format", "json"),
    )
    found = json.loads(output)
    assert len(found["finalists"]) == 3
    for finalist in found["finalists"]:
        first, second = finalist["evaluations"]
        assert first == pytest.approx(finalist["score"] - 0.001)
        assert second == pytest.approx(finalist["score"] - 0.002)
        assert finalist["luck"] == pytest.approx(0.0015)
    assert 0 < found["skill_share"] <= 1
    assert sorted((hunted / "wd").rglob("*")) == before
    table = run(hunted, "orion-pbt", "finalists", "--config", "pbt.yaml", "--repetitions", "2")
    assert "of its score to luck" in table
    assert "is skill" in table


def test_a_script_that_cannot_evaluate_only_is_told(hunted: Path) -> None:
    script = (hunted / "train.py").read_text()
    (hunted / "train.py").write_text(script + "raise SystemExit('nothing to train')\n")
    told = run(hunted, "orion-pbt", "finalists", "--config", "pbt.yaml", code=1)
    assert "Traceback" not in told
    assert "    | nothing to train\nIt was asked to evaluate only" in told
    told = run(hunted, "orion-pbt", "finalists", "--config", "pbt.yaml", "-k", "0", code=1)
    assert told == "orion-pbt: -k is 0, but it is a number of members. Use e.g. 3.\n"


def test_a_checkpoint_that_is_gone_is_told(hunted: Path) -> None:
    for path in (hunted / "wd").iterdir():
        path.rename(hunted / path.name)
    told = run(hunted, "orion-pbt", "finalists", "--config", "pbt.yaml", code=1)
    assert "is not there any more, so it cannot be evaluated again" in told


def train(lr: float, epochs: int, checkpoint_dir: Path, offset: float = 0.0) -> float:
    file = checkpoint_dir / "epochs"
    done = int(file.read_text()) if file.exists() else 0
    assert done in (epochs - 1, epochs)
    file.write_text(str(epochs))
    repetition = int(os.environ.get("ORION_PBT_REPETITION", "0"))
    return lr + repetition + offset


def test_a_function_is_evaluated_again(tmp_path: Path) -> None:
    space = {"lr": "uniform(0, 1)", "epochs": "fidelity(1, 3, base=1)"}
    client = orion_pbt.workon(
        train, space, algorithms=ALGORITHM, working_dir=tmp_path, progress=False, offset=1.0
    )
    standings = finalists(train, client, k=2, n=3, offset=1.0)
    assert len(standings.finalists) == 2
    for finalist in standings.finalists:
        assert [e - finalist.selected for e in finalist.evaluations] == pytest.approx([1, 2, 3])
    with pytest.raises(ConfigurationError, match="it trained a Python function"):
        with_script(client)
    with pytest.raises(ConfigurationError, match="k is 0, but it is a number of members"):
        finalists(train, client, k=0)
    for finalist in standings.finalists:
        (tmp_path / finalist.key).rename(tmp_path / f"moved-{finalist.key}")
    with pytest.raises(CheckpointError, match="not there any more"):
        finalists(train, client)


def test_impossible_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="repetitions is 0"):
        evaluate_finalists(None, [], 0, lambda trial, number: [])
