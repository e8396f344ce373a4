"""Milliseconds that a trial costs beside its training: ours and Oríon's own, in one run.

One worker suggests a trial, observes a made-up objective, and so on, through Oríon's client and a
storage. The cost at trial n is the median over the trials up to n (of the last 20 of them).

    python benchmarks/overhead.py             # trials 100 and 500, about 10 minutes
    python benchmarks/overhead.py --quick     # trials 50 and 100
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

WINDOW = 20
SPACE = {
    "lr": "loguniform(1e-5, 1)",
    "momentum": "uniform(0, 1)",
    "batch": "uniform(16, 256, discrete=True)",
    "epochs": "fidelity(1, 100_000, base=1)",
}
POPULATION = 20


STORAGES = ("memory", "sqlite", "pickleddb")


def make_storage(kind: str, folder: Path) -> dict[str, Any]:
    """Return the configuration of a new storage."""
    if kind == "sqlite":
        return {"type": "sql", "url": f"sqlite:///{folder / 'pbt.db'}"}
    database = {"type": "ephemeraldb"}
    if kind == "pickleddb":
        database = {"type": "pickleddb", "host": str(folder / "db.pkl")}
    return {"type": "legacy", "database": database}


def make_client(algorithm: str, storage: dict[str, Any], trials: int, seed: int) -> Any:
    """Return a client of a new experiment that has room for a number of trials."""
    from orion.client import build_experiment

    settings = {
        "population_size": POPULATION,
        "generations": trials // POPULATION,
        "seed": seed,
    }
    return build_experiment(
        f"overhead-{algorithm}",
        space=SPACE,
        algorithm={algorithm: settings},
        storage=storage,
        working_dir=tempfile.gettempdir(),
    )


def measure(client: Any, marks: list[int]) -> Iterator[tuple[int, float]]:
    """Yield the milliseconds a trial at each mark."""
    recent: list[float] = []
    for number in range(1, max(marks) + 1):
        start = time.perf_counter()
        trial = client.suggest()
        # Made up from the trial's id, so that both algorithms see noise of one kind.
        client.observe(trial, int(trial.id[:6], 16) / 16**6)
        recent = [*recent[1 - WINDOW :], (time.perf_counter() - start) * 1000]
        if number in marks:
            yield number, statistics.median(recent)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="trials 50 and 100 only")
    parser.add_argument("--trials", type=int, nargs="+", help="the trials at which to measure")
    parser.add_argument("--storages", nargs="+", default=STORAGES, choices=STORAGES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-ours", action="store_true", help="leave Oríon's own out")
    options = parser.parse_args()
    marks = sorted(options.trials or ([50, 100] if options.quick else [100, 500]))
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)

    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {platform.system()}")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("orion-pbt", "orion"))
    print(f"versions: Python {platform.python_version()}, {versions}; seed {options.seed}")
    print(f"population {POPULATION}; median ms per trial (suggest + observe)\n")
    print(f"{'algorithm':<22} {'storage':<10} " + " ".join(f"{f'at {n}':>10}" for n in marks))
    algorithms = {"pbt": "orion-pbt"}
    if not options.only_ours:
        algorithms["orionpbt"] = "Oríon's own PBT"
    for algorithm, label in algorithms.items():
        for kind in options.storages:
            if algorithm == "orionpbt" and kind == "sqlite":
                continue  # its state is an object graph, which that storage refuses
            with tempfile.TemporaryDirectory() as folder:
                storage = make_storage(kind, Path(folder))
                client = make_client(algorithm, storage, max(marks), options.seed)
                costs = dict(measure(client, marks))
                cells = " ".join(f"{costs[n]:>10.1f}" for n in marks)
                print(f"{label:<22} {kind:<10} {cells}", flush=True)
                client.close()


if __name__ == "__main__":
    main()
