"""Wall time that `orion hunt` takes for each trial of a script that only reports.

Ours on a SQLite file and on Oríon's default storage, and Oríon's own there, in one run, with two
workers. Start-up is the time until the first script runs; it is told apart, and is part of
the time of the whole. The target is for all of it.

    python benchmarks/hunt.py                # 100 trials each
    python benchmarks/hunt.py --trials 20 --only-ours
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ORION = str(Path(sys.executable).parent / "orion")
# Oríon's own client takes seconds to import; both report in the same, cheap way.
SCRIPT = """
import pathlib, sys, time
with open(pathlib.Path(__file__).parent / "starts.txt", "a") as starts:
    starts.write(f"{time.time()}\\n")
from orion_pbt import report_objective
report_objective(float(sys.argv[2]))
"""
POPULATION = 10
TARGET = 150
ROWS = (
    ("pbt", "sqlite", "orion-pbt"),
    ("pbt", "pickleddb", "orion-pbt"),
    ("orionpbt", "pickleddb", "Oríon's own PBT"),
)


@dataclass(frozen=True)
class Hunt:
    """How long a hunt took.

    Parameters
    ----------
    trials:
        That it ran.
    total:
        Seconds from the command to its end.
    start_up:
        Of these, seconds until the first script ran.
    """

    trials: int
    total: float
    start_up: float

    @property
    def per_trial(self) -> float:
        """Milliseconds a trial, all included."""
        return self.total / self.trials * 1000

    @property
    def per_trial_after(self) -> float:
        """Milliseconds a trial, without what comes before the first."""
        return (self.total - self.start_up) / self.trials * 1000


def hunt(algorithm: str, storage: str, trials: int, workers: int, folder: Path) -> Hunt:
    """Run one hunt."""
    settings = {"population_size": POPULATION, "generations": trials // POPULATION - 1, "seed": 1}
    config = {
        "experiment": {
            "algorithm": {algorithm: settings},
            "working_dir": str(folder / "trials"),
        },
        "storage": {"type": "sql", "url": f"sqlite:///{folder / 'pbt.db'}"}
        if storage == "sqlite"
        else {
            "type": "legacy",
            "database": {"type": "pickleddb", "host": str(folder / "db.pkl")},
        },
    }
    (folder / "pbt.yaml").write_text(json.dumps(config))  # JSON is YAML
    (folder / "train.py").write_text(SCRIPT)
    command = [
        *(ORION, "hunt", "-n", "exp", "--config", "pbt.yaml", "--n-workers", str(workers)),
        *(sys.executable, "train.py", "--lr~uniform(0, 1)", "--epochs~fidelity(1, 1000, base=1)"),
    ]
    began, start = time.time(), time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    total = time.perf_counter() - start
    starts = [float(line) for line in (folder / "starts.txt").read_text().split()]
    return Hunt(len(starts), total, min(starts) - began)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=100, help="a multiple of 10")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only-ours", action="store_true", help="leave Oríon's own out")
    options = parser.parse_args()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {platform.system()}")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("orion-pbt", "orion"))
    print(f"versions: Python {platform.python_version()}, {versions}; seed 1")
    print(f"{options.workers} workers; ms wall a trial, target ≤ {TARGET} with start-up\n")
    print(
        f"{'algorithm':<17}{'storage':<11}{'trials':>7}{'all':>8}{'after start-up':>16}"
        f"{'start-up s':>12}"
    )
    for algorithm, storage, label in ROWS:
        if options.only_ours and algorithm != "pbt":
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = hunt(algorithm, storage, options.trials, options.workers, Path(folder))
        verdict = "met" if found.per_trial <= TARGET else "missed"
        print(
            f"{label:<17}{storage:<11}{found.trials:>7}{found.per_trial:>8.0f}"
            f"{found.per_trial_after:>16.0f}{found.start_up:>12.1f}"
            + (f"  {verdict}" if storage == "sqlite" else ""),
            flush=True,
        )


if __name__ == "__main__":
    main()
