"""`orion hunt` again with other settings: the population goes on in a new version."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

SCRIPT = """
import argparse, os, sys
import orion_pbt

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--epochs", type=int)
args = parser.parse_args()
weights = os.path.join(os.environ["ORION_PBT_SAVE_DIR"], "weights.txt")
done = 0
if os.path.exists(weights):
    with open(weights) as file:
        done = int(file.read())
with open("trained.txt", "a") as file:
    print(done, args.epochs, file=file)
with open(weights, "w") as file:
    file.write(str(args.epochs))
orion_pbt.report_objective((args.lr - 0.3) ** 2 + 1 / args.epochs)
"""
CONFIG = """
storage: STORAGE
evc: {enable: true}
experiment:
  name: exp
  working_dir: trials
  max_trials: MAX
  algorithm: {pbt: {population_size: 8, generations: 3, seed: 1, explore: EXPLORE}}
"""
STORAGES = {
    "sqlite": "{type: sql, url: 'sqlite:///pbt.db'}",
    "pickled": "{type: legacy, database: {type: pickleddb, host: pbt.pkl}}",
}
HUNT = ["hunt", "-c", "pbt.yaml", sys.executable, "train.py"]
SPACE = ["--lr~loguniform(1e-3, 1)", "--epochs~fidelity(1, 8, base=2)"]


def call(folder: Path, program: str, *arguments: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    done = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=folder,
        env={**kept, **home, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def configure(folder: Path, storage: str, most: int, explore: str) -> None:
    config = CONFIG.replace("STORAGE", STORAGES[storage]).replace("MAX", str(most))
    (folder / "pbt.yaml").write_text(config.replace("EXPLORE", explore))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("storage", STORAGES)
def test_a_hunt_goes_on_with_another_explore(tmp_path: Path, storage: str) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    configure(tmp_path, storage, 13, "{of_type: perturb, factor: 1.2}")
    call(tmp_path, "orion", *HUNT, *SPACE)
    assert (tmp_path / "trained.txt").read_text().count("\n") == 13
    configure(tmp_path, storage, 100, "{of_type: perturb, factor: 1.7}")
    call(tmp_path, "orion", *HUNT, *SPACE)
    # Each generation was trained by eight, from where their parents left off.
    trained = Counter((tmp_path / "trained.txt").read_text().splitlines())
    assert trained == {"0 1": 8, "1 2": 8, "2 4": 8, "4 8": 8}
    assert "exp-v2" in call(tmp_path, "orion", "list", "-c", "pbt.yaml")
    which = ["-n", "exp", "-c", "pbt.yaml"]
    tree = call(tmp_path, "orion-pbt", "tree", *which)
    assert "[generation 0: " in tree
    (best,) = json.loads(call(tmp_path, "orion-pbt", "best", *which, "--format", "json"))
    assert (best["generation"], best["weights"]) == (3, "there")
    found = json.loads(call(tmp_path, "orion-pbt", "schedule", *which, "--format", "json"))
    stages = found["schedule"]
    assert (stages[0]["from"], stages[-1]["to"]) == (1, 8)  # from the first version into this one
    call(tmp_path, "orion", "plot", "lineage", *which, "-t", "json", "-o", "lineage.json")
    figure = json.loads((tmp_path / "lineage.json").read_text())
    assert "32 trials" in figure["layout"]["title"]["text"]
