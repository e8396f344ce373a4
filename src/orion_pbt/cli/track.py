"""Log a population to TensorBoard, MLflow or Weights & Biases.

Each line is a run that branches at each copy. Only what is not there yet is logged, so the command
can be run again, or killed, at any time.
"""

from __future__ import annotations

import argparse
import os
from time import sleep

from orion_pbt.cli.experiment import add_experiment_arguments, open_population
from orion_pbt.errors import bad_setting
from orion_pbt.tracking import (
    MLflowTracker,
    TensorBoardTracker,
    Tracker,
    WandbTracker,
    export,
    trials_of,
)

TRACKERS = ("mlflow", "tensorboard", "wandb")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    parser.add_argument("--to", required=True, choices=TRACKERS, help="what it is logged to")
    parser.add_argument(
        "--out",
        metavar="PLACE",
        help="the log directory of TensorBoard (default: runs), the tracking URI of MLflow "
        "(default: MLflow's own), or the directory of W&B's files (default: this one)",
    )
    parser.add_argument(
        "--follow", action="store_true", help="go on until the population has been trained"
    )
    parser.add_argument(
        "--every",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="with --follow, how often to look (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> None:
    """Log, and say what was logged."""
    if not args.every > 0:
        raise bad_setting("--every", args.every, "it is a number of seconds", "Use e.g. 10.")
    population = open_population(args)
    tracker = open_tracker(args.to, args.out, population.title)
    while True:
        added = export(
            tracker, population.engine.lineages, population.schedule, trials_of(population.client)
        )
        for name, steps in added.items():
            print(f"{name}: {steps} {'step' if steps == 1 else 'steps'}", flush=True)
        if not args.follow or population.engine.is_done:
            break
        sleep(args.every)
        population.refresh()
    if not added:
        print("Nothing else is to be logged.")


def open_tracker(kind: str, place: str | None, title: str) -> Tracker:
    """Return the tracker of a kind.

    Raises
    ------
    ConfigurationError
        If its package is not installed.
    """
    if kind == "tensorboard":
        return TensorBoardTracker(place or "runs", title)
    if kind == "mlflow":
        return MLflowTracker(place, title)
    return WandbTracker(place or os.curdir, title)
