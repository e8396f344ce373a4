"""`orion hunt` again with other settings: the population goes on in a new version."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
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
    "leased": "{type: sql, url: 'sqlite:///pbt.db', trial_lease: 2, lock_lease: 2}",
    "pickled": "{type: legacy, database: {type: pickleddb, host: pbt.pkl}}",
}
HUNT = ["hunt", "-c", "pbt.yaml", sys.executable, "train.py"]
SPACE = ["--lr~loguniform(1e-3, 1)", "--epochs~fidelity(1, 8, base=2)"]


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    return {**kept, **home, "PYTHONWARNINGS": "ignore"}


def call(folder: Path, program: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=folder,
        env=environment(folder),
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
@pytest.mark.parametrize("storage", ["sqlite", "pickled"])
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


def has_second_version(database: Path) -> bool:
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
        query = "SELECT 1 FROM experiments WHERE version = 2"
        return connection.execute(query).fetchone() is not None


def kill_a_hunt(folder: Path, rng: random.Random) -> None:
    """Start a hunt and kill it, with its scripts, soon after the new version is there."""
    orion = str(Path(sys.executable).with_name("orion"))
    with open(folder / "killed.txt", "a") as output:
        hunt = subprocess.Popen(
            [orion, *HUNT, *SPACE],
            cwd=folder,
            env=environment(folder),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    was_there = has_second_version(folder / "pbt.db")
    while not has_second_version(folder / "pbt.db") and hunt.poll() is None:
        time.sleep(0.002)
    time.sleep(rng.uniform(1.5, 4) if was_there else rng.uniform(0, 0.3))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(hunt.pid, signal.SIGKILL)
    hunt.wait()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_hunt_that_is_killed_goes_on_in_the_same_version(tmp_path: Path, seed: int) -> None:
    (tmp_path / "train.py").write_text("import time; time.sleep(0.3)" + SCRIPT)
    configure(tmp_path, "leased", 13, "{of_type: perturb, factor: 1.2}")
    call(tmp_path, "orion", *HUNT, *SPACE)
    configure(tmp_path, "leased", 100, "{of_type: perturb, factor: 1.7}")
    rng = random.Random(seed)
    for _ in range(5):
        kill_a_hunt(tmp_path, rng)
    time.sleep(2)  # the lease of what the last one trained
    call(tmp_path, "orion", *HUNT, *SPACE)
    with contextlib.closing(sqlite3.connect(tmp_path / "pbt.db")) as connection:
        of_each = "SELECT experiment, status, count(*) FROM trials GROUP BY 1, 2 ORDER BY 1, 2"
        assert connection.execute(of_each).fetchall() == [
            ("1", "completed", 13),
            ("2", "completed", 19),
        ]
        versions = connection.execute("SELECT version FROM experiments ORDER BY 1").fetchall()
    assert versions == [(1,), (2,)]
    # One that was killed between its checkpoint and its report goes on from there, as "2 2".
    trained = set((tmp_path / "trained.txt").read_text().splitlines())
    assert trained >= {"0 1", "1 2", "2 4", "4 8"}
    assert trained <= {"0 1", "1 1", "1 2", "2 2", "2 4", "4 4", "4 8", "8 8"}
    tree = call(tmp_path, "orion-pbt", "tree", "-n", "exp", "-c", "pbt.yaml")
    assert "[generation 0: " in tree
