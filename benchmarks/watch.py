"""Milliseconds that `orion-pbt watch` takes from one look to the next.

A population is trained with made-up objectives, through the algorithm and the SQL storage (a
SQLite file). Then one trial after the other is completed, as workers do, and after each a watcher
of its own connection takes a look: it reads what is new, and makes the lines that it draws.

    python benchmarks/watch.py             # 500 and 5000 trials
    python benchmarks/watch.py --quick     # 200 and 500
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
from importlib import metadata
from pathlib import Path
from typing import Any

POPULATION = 20
RUNNING = 8
SPACE = {
    "lr": "loguniform(1e-5, 1)",
    "momentum": "uniform(0, 1)",
    "batch": "uniform(16, 256, discrete=True)",
    "epochs": "fidelity(1, 100_000, base=1)",
}


def train(folder: Path, trials: int, more: int, seed: int) -> Any:
    """Return a client of an experiment with completed trials, and room for more."""
    from orion.client import build_experiment

    client = build_experiment(
        "watched",
        space=SPACE,
        algorithm={
            "pbt": {
                "population_size": POPULATION,
                "generations": (trials + more) // POPULATION + 1,
                "seed": seed,
            }
        },
        storage={"type": "sql", "url": f"sqlite:///{folder / 'pbt.db'}"},
        working_dir=str(folder),
    )
    experiment = client._experiment
    completed = 0
    with experiment.acquire_algorithm_lock() as algorithm:
        while completed < trials:
            suggested = algorithm.suggest(POPULATION)
            for trial in suggested:
                complete(trial)
                experiment.register_trial(trial, status="completed")
            algorithm.observe(suggested)
            completed += len(suggested)
    return client


def complete(trial: Any) -> None:
    """Give a trial its result, made up from its id."""
    from orion.core.worker.trial import Trial

    value = int(trial.id[:6], 16) / 16**6
    trial.results = [Trial.Result(name="objective", type="objective", value=value)]
    trial.status = "completed"


def measure(folder: Path, trials: int, looks: int, seed: int) -> dict[str, list[float]]:
    """Return the milliseconds of the first look and of those after each further result."""
    from orion_pbt.cli.experiment import open_population
    from orion_pbt.cli.looking import Lookout
    from orion_pbt.console.overview import format_overview

    client = train(folder, trials, looks, seed)
    running = [client.suggest() for _ in range(RUNNING)]
    where = {"storage": f"sqlite:///{folder / 'pbt.db'}", "name": "watched", "config": None}
    start = time.perf_counter()
    population = open_population(argparse.Namespace(**where, user=None, version=None))
    lookout = Lookout(population)
    format_overview(lookout.look(), 50)
    costs = {"first": [1000 * (time.perf_counter() - start)], "new": [], "idle": []}
    for _ in range(looks):
        trial = running.pop(0)
        client.observe(trial, int(trial.id[:6], 16) / 16**6)
        running.append(client.suggest())
        for kind in ("new", "idle"):
            start = time.perf_counter()
            population.refresh()
            lines = format_overview(lookout.look(), 50)
            costs[kind].append(1000 * (time.perf_counter() - start))
    assert f"{RUNNING} running" in lines[0]
    for trial in running:
        client.release(trial)
    client.close()
    return costs


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 and 500 trials only")
    parser.add_argument("--trials", type=int, nargs="+", help="the numbers of trials")
    parser.add_argument("--looks", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)

    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {platform.system()}")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("orion-pbt", "orion"))
    print(f"versions: Python {platform.python_version()}, {versions}; seed {options.seed}")
    print(f"population {POPULATION}, {RUNNING} running; ms a look, of {options.looks}\n")
    print("trials   first   after a new result: median, longest   nothing new: median, longest")
    for trials in options.trials or ([200, 500] if options.quick else [500, 5000]):
        with tempfile.TemporaryDirectory() as folder:
            costs = measure(Path(folder), trials, options.looks, options.seed)
        cells = [
            f"{statistics.median(costs[kind]):>{width}.1f} {max(costs[kind]):>8.1f}"
            for kind, width in (("new", 24), ("idle", 21))
        ]
        print(f"{trials:>6} {costs['first'][0]:>7.0f} " + " ".join(cells), flush=True)


if __name__ == "__main__":
    main()
