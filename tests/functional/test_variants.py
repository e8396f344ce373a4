"""`orion hunt` with each variant, and what comes of it, with old checkpoints removed on the way."""

from __future__ import annotations

import collections
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from orion.client import get_experiment

ORION = str(Path(sys.executable).parent / "orion")
SCRIPT = """
import argparse, json
from orion_pbt import report_objective, saved_checkpoint, saving_checkpoint

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--kind")
parser.add_argument("--epochs", type=int)
parser.add_argument("--ckpt")
args = parser.parse_args()

saved = saved_checkpoint("weights.json", args.ckpt)
history = json.loads(saved.read_text()) if saved else []
history.append([args.epochs, args.lr, args.kind])
with saving_checkpoint("weights.json", args.ckpt) as path:
    path.write_text(json.dumps(history))
report_objective(sum((lr - 0.1) ** 2 + (kind == "b") for _, lr, kind in history) - len(history))
"""


OTHERS = (pytest.param(name, marks=pytest.mark.slow) for name in ("pb2", "ipbt", "firepbt"))


@pytest.mark.parametrize("name", ["mfpbt", "pb2mix", *OTHERS])
def test_a_hunt_with_each_variant(tmp_path: Path, name: str) -> None:
    storage = {"type": "sql", "url": f"sqlite:///{tmp_path / 'pbt.db'}"}
    algorithm = {name: {"population_size": 8, "generations": 3, "seed": 1}}
    experiment = {"algorithm": algorithm, "working_dir": str(tmp_path / "wd")}
    config = {"experiment": experiment, "storage": storage}
    (tmp_path / "pbt.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "train.py").write_text(SCRIPT)
    command = [
        *(ORION, "hunt", "-n", "exp", "--config", "pbt.yaml", "--n-workers", "2"),
        *(sys.executable, "train.py", "--lr~loguniform(1e-3, 1)", "--kind~choices(['a', 'b'])"),
        *("--epochs~fidelity(1, 4, base=1)", "--ckpt", "{trial.working_dir}"),
    ]
    hunt = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=110)
    assert hunt.returncode == 0, hunt.stdout + hunt.stderr
    trials = get_experiment("exp", storage=storage).fetch_trials_by_status("completed")
    epochs = collections.Counter(trial.params["/epochs"] for trial in trials)
    assert epochs == {1: 8, 2: 8, 3: 8, 4: 8}
    by_id = {trial.id: trial for trial in trials}
    for trial in trials:
        weights = Path(trial.working_dir) / "weights.json"
        if trial.params["/epochs"] < 4:
            continue
        # The weights were handed on from parent to child, whoever was copied.
        ancestors = [trial]
        while ancestors[-1].parent is not None:
            ancestors.append(by_id[ancestors[-1].parent])
        history = [[t.params[f"/{n}"] for n in ("epochs", "lr", "kind")] for t in ancestors[::-1]]
        assert json.loads(weights.read_text()) == history
