"""Scripts and functions that load from one directory and save to another: NNI's convention."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml
from orion.client import get_experiment

import orion_pbt
from orion_pbt.errors import ConfigurationError

ORION = str(Path(sys.executable).parent / "orion")
SPACE = {"lr": "uniform(0, 1)", "epochs": "fidelity(1, 3, base=1)"}
ALGORITHM = {"pbt": {"population_size": 3, "generations": 2, "seed": 1}}

SCRIPT = """
    import argparse, pathlib
    from orion_pbt import report_objective
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--load")
    parser.add_argument("--save")
    args = parser.parse_args()
    seen = (pathlib.Path(args.load) / "seen").read_text() if args.load else ""
    seen += f"{args.epochs} "
    assert seen.split() == [str(n + 1) for n in range(args.epochs)]
    (pathlib.Path(args.save) / "seen").write_text(seen)
    report_objective(args.lr)
"""


@pytest.mark.parametrize("transfer", ["none", "auto"])
def test_a_script_gets_them_as_arguments(tmp_path: Path, transfer: str) -> None:
    storage = {"type": "sql", "url": f"sqlite:///{tmp_path / 'pbt.db'}"}
    experiment = {"algorithm": ALGORITHM, "working_dir": str(tmp_path / "wd")}
    (tmp_path / "pbt.yaml").write_text(
        yaml.safe_dump({"experiment": experiment, "storage": storage})
    )
    (tmp_path / "train.py").write_text(textwrap.dedent(SCRIPT))
    command = [
        *(ORION, "hunt", "-n", "exp", "--config", "pbt.yaml", "--n-workers", "2"),
        *(sys.executable, "train.py", "--lr~uniform(0, 1)", "--epochs~fidelity(1, 3, base=1)"),
        *("--load", "{trial.load_dir}", "--save", "{trial.save_dir}"),
    ]
    environment = {**os.environ, "ORION_PBT_CHECKPOINTS_TRANSFER": transfer}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    trials = get_experiment("exp", storage=storage, mode="r").fetch_trials()
    assert [trial.status for trial in trials] == ["completed"] * 9


def train(lr: float, epochs: int, load_dir: Path | None, save_dir: Path) -> float:
    seen = (load_dir / "seen").read_text() if load_dir is not None else ""
    seen += f"{epochs} "
    assert seen.split() == [str(n + 1) for n in range(epochs)]
    (save_dir / "seen").write_text(seen)
    return lr


@pytest.mark.parametrize("transfer", ["none", "auto"])
@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_function_gets_them_as_arguments(tmp_path: Path, transfer: str, n_workers: int) -> None:
    client = orion_pbt.workon(
        train,
        SPACE,
        algorithms=ALGORITHM,
        working_dir=tmp_path,
        n_workers=n_workers,
        progress=False,
        checkpoints={"transfer": transfer, "keep": "all"},
    )
    trials = client.fetch_trials()
    assert [trial.status for trial in trials] == ["completed"] * 9
    copied = [trial for trial in trials if (Path(trial.working_dir) / "seen").exists()]
    assert len(copied) == 9


def test_a_function_that_could_not_load_is_refused_before_it_trains(tmp_path: Path) -> None:
    def forgets(lr: float, epochs: int, checkpoint_dir: Path) -> float:
        raise AssertionError("it was called")

    with pytest.raises(ConfigurationError, match="no argument 'load_dir'"):
        orion_pbt.workon(forgets, SPACE, working_dir=tmp_path, checkpoints={"transfer": "none"})
    assert list(tmp_path.iterdir()) == []
