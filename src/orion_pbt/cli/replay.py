"""Train one member from scratch along the schedule of the best, or of another trial.

The replay is a new experiment in the same storage. Killed at any time, the same command goes on
with it. At the end it is told how much of the winner's gain was its schedule.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from orion.core.io import experiment_builder
from orion.core.utils.exceptions import NoConfigurationError

from orion_pbt.cli.experiment import add_experiment_arguments, open_population
from orion_pbt.cli.output import Row, add_format_argument, format_json, format_rows
from orion_pbt.console.text import format_number
from orion_pbt.replaying import (
    Comparison,
    Plan,
    Scores,
    algorithm_of,
    check_script,
    compare,
    open_replay,
    plan_of,
    train_script,
)
from orion_pbt.settings.checks import check_whole

VAGUE = 0.25
"""Standard error of the schedule's share above which more replicas are asked for."""
KINDS = {
    "constant": "baseline: first hyperparameters throughout",
    "kept": "baseline: lines trained alone",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser)
    parser.add_argument(
        "trial",
        nargs="?",
        metavar="TRIAL",
        help="its id, or a beginning that only it has (default: the best)",
    )
    parser.add_argument(
        "--as",
        dest="as_name",
        metavar="NAME",
        help="name of the new experiment (default: that of the population and -replay)",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=1,
        metavar="N",
        help="how often it is trained (default: %(default)s)",
    )
    parser.add_argument(
        "--seed-name",
        metavar="NAME",
        help="a hyperparameter that your script takes for its seed; it differs each time",
    )
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument(
        "--stretch", type=float, metavar="FACTOR", help="train as many times as long"
    )
    budget.add_argument("--fidelity", type=int, metavar="MAX", help="train up to another fidelity")
    parser.add_argument(
        "--baseline",
        type=int,
        nargs="?",
        const=1,
        metavar="N",
        help="also train the schedule's first hyperparameters throughout, N times (default: once)",
    )
    parser.add_argument(
        "--n-workers",
        type=int,
        default=1,
        metavar="N",
        help="trials at a time (default: %(default)s)",
    )
    parser.add_argument(
        "--working-dir",
        metavar="DIRECTORY",
        help="where the trials' directories go (default: one of the new experiment's name beside "
        "that of the population)",
    )


def run(args: argparse.Namespace) -> int:
    """Train, and print what came of it; return 1 if no replica reached the end."""
    check_whole("--n-workers", args.n_workers, 1, "Use e.g. 2.")
    population = open_population(args)
    client = population.client
    plan = plan_of(
        client,
        None if args.trial is None else population.member(args.trial).key,
        stretch=args.stretch,
        fidelity=args.fidelity,
        seeds=args.seeds,
        seed_name=args.seed_name,
    )
    name = args.as_name or f"{client.name}-replay"
    with _training_tells_on_stderr(args.format != "table"):
        trained = _train(args, client, plan, name, args.working_dir)
        baseline = _find(client, f"{name}-baseline")
        if args.baseline is not None:
            constant = replace(plan.constant, seeds=args.baseline)
            place = f"{args.working_dir}-baseline" if args.working_dir else None
            baseline = _train(args, client, constant, f"{name}-baseline", place)
    comparison = compare(client, trained, baseline)
    if args.format == "json":
        print(format_json(to_record(plan, comparison)))
    else:
        print(format_rows(to_rows(comparison), args.format))
    if args.format == "table":
        print(format_share(comparison))
    return 0 if comparison.replays.values else 1


def _train(args: argparse.Namespace, client: Any, plan: Plan, name: str, place: str | None) -> Any:
    """Train a replay until it is done, and return its experiment."""
    if client.metadata.get("user_args") or _find(client, name) is None:
        check_script(client)  # before anything is written to the storage
    experiment = open_replay(client, plan, name, place)
    if not algorithm_of(experiment).is_done:
        check_script(client)
        config = experiment_builder.get_cmd_config(vars(args).copy())
        train_script(experiment, config.get("worker") or {}, args.n_workers)
    return experiment


def _find(client: Any, name: str) -> Any:
    builder = experiment_builder.ExperimentBuilder(client.storage)
    try:
        return builder.load(name)
    except NoConfigurationError:
        return None


@contextlib.contextmanager
def _training_tells_on_stderr(is_wanted: bool) -> Iterator[None]:
    """Let what scripts and workers print go to the standard error, if that is wanted."""
    if not is_wanted:
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def to_rows(comparison: Comparison) -> list[Row]:
    """Return what was trained, a row each."""
    winner = () if comparison.winner is None else (comparison.winner,)
    rows = [("winner", Scores(winner)), ("replays", comparison.replays)]
    if comparison.kind in KINDS:
        rows.append((KINDS[comparison.kind], comparison.baseline))
    pick = max if comparison.maximised else min
    return [
        {
            "what": what,
            "n": len(scores.values),
            "mean": scores.mean,
            "spread": scores.spread,
            "best": pick(scores.values, default=None),
        }
        for what, scores in rows
    ]


def to_record(plan: Plan, comparison: Comparison) -> dict[str, Any]:
    """Return all there is to say, as plain data."""
    share = comparison.schedule_share
    return {
        "trial": plan.trial,
        "fidelity": plan.levels[-1],
        "winner": comparison.winner,
        "replays": comparison.replays.values,
        "baseline": comparison.baseline.values,
        "baseline_kind": comparison.kind,
        "gain": comparison.gain,
        "schedule_gain": comparison.schedule_gain,
        "schedule_share": share,
        "schedule_share_error": comparison.share_error,
        "selection_share": None if share is None else 1 - share,
    }


def format_share(comparison: Comparison) -> str:
    """Return how much of the gain was the schedule, in a sentence."""
    share, gain = comparison.schedule_share, comparison.gain
    if share is not None:
        error = comparison.share_error
        about = "" if error is None else f" ± {100 * error:.0f}"
        told = (
            f"The winner is better than the baseline by {format_number(gain)}. Of that, "
            f"{100 * share:.0f}{about} % was its schedule, and {100 * (1 - share):.0f} % was "
            "selection, luck included."
        )
        is_vague = error is None or error > VAGUE
        return (
            f"{told} More replicas (--seeds, --baseline) would tell better." if is_vague else told
        )
    if not comparison.is_same_budget:
        told = (
            "The replays were trained to another fidelity than the winner, so they do not say how "
            "much of its gain was the schedule."
        )
        if comparison.schedule_gain is not None:
            told += (
                f" They are better than the baseline by {format_number(comparison.schedule_gain)}."
            )
        return told
    if comparison.kind == "none":
        return "No line of the population was trained alone; --baseline trains one to compare with."
    if gain is not None and gain <= 0:
        return "The winner is not better than the baseline, so there is no gain to explain."
    return "A score is missing or not finite, so nobody can tell what the schedule was worth."
