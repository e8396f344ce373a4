"""Wall time that `orion hunt` takes for each trial of a script that only reports.

Ours on a SQLite file, and Oríon's own on its default storage, in one run, with two workers.

    python benchmarks/hunt.py                # 100 trials each
    python benchmarks/hunt.py --trials 20
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
from importlib import metadata
from pathlib import Path

ORION = str(Path(sys.executable).parent / "orion")
# Oríon's own client takes seconds to import; both report in the same, cheap way.
SCRIPT = """
import sys
from orion_pbt import report_objective
report_objective(float(sys.argv[2]))
"""
POPULATION = 10


def hunt(algorithm: str, storage: str, trials: int, workers: int, folder: Path) -> float:
    """Run one hunt and return the seconds it took."""
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
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=100, help="a multiple of 10")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {platform.system()}")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("orion-pbt", "orion"))
    print(f"versions: Python {platform.python_version()}, {versions}; seed 1")
    print(f"{options.trials} trials, {options.workers} workers; start-up of the hunt included\n")
    print(f"{'algorithm':<18} {'storage':<10} {'ms wall per trial':>18}")
    for algorithm, storage, label in (
        ("pbt", "sqlite", "orion-pbt"),
        ("pbt", "pickleddb", "orion-pbt"),
        ("orionpbt", "pickleddb", "Oríon's own PBT"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            seconds = hunt(algorithm, storage, options.trials, options.workers, Path(folder))
        print(f"{label:<18} {storage:<10} {seconds / options.trials * 1000:>18.0f}", flush=True)


if __name__ == "__main__":
    main()
