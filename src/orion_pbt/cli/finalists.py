"""Evaluate the best members again, without training, and tell skill from luck.

Who was best of many noisy scores was, on average, lucky. Each evaluation starts the script as in
the hunt, in the directory where this command runs, on a copy of the member's checkpoint. The script
finds weights that are trained as far as it is asked to train, and so has only to evaluate them.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from orion_pbt.cli.best import best_members
from orion_pbt.cli.experiment import add_experiment_arguments, open_population
from orion_pbt.cli.output import add_format_argument, format_json, format_rows
from orion_pbt.console.text import format_number, short_id
from orion_pbt.errors import UnknownMember
from orion_pbt.finalists import Finalist, Standings, evaluate_finalists, with_script
from orion_pbt.settings.checks import check_whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser)
    parser.add_argument(
        "-k", type=int, default=5, metavar="N", help="evaluate the N best (default: %(default)s)"
    )
    parser.add_argument(
        "--repetitions",
        type=int,
        default=5,
        metavar="N",
        help="evaluations of each (default: %(default)s)",
    )
    parser.add_argument(
        "--n-workers",
        type=int,
        default=1,
        metavar="N",
        help="evaluations at a time (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> None:
    """Evaluate, and print the standings."""
    check_whole("-k", args.k, 1, "Use e.g. 3.", "it is a number of members")
    population = open_population(args)
    members = best_members(population, args.k)
    if not members:
        raise UnknownMember(f"No trial of {population.title} is completed yet.")
    standings = evaluate_finalists(
        population.client,
        members,
        args.repetitions,
        with_script(population.client),
        args.n_workers,
        lambda line: print(line, file=sys.stderr),
    )
    rows = [_row(standings, finalist) for finalist in standings.ranked]
    if args.format == "json":
        print(format_json({"finalists": rows, "skill_share": standings.skill_share}))
    elif args.format == "csv":
        print(format_rows([{**row, "evaluations": None} for row in rows], "csv"))
    else:
        print(format_rows([_shown(row) for row in rows], "table"))
        print(_conclusion(standings))


def _row(standings: Standings, finalist: Finalist) -> dict[str, Any]:
    return {
        "id": finalist.key,
        "score": finalist.selected,
        "mean": finalist.mean,
        "error": finalist.error,
        "luck": standings.luck(finalist),
        "evaluations": list(finalist.evaluations),
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "trial": short_id(row["id"]),
        "score in the run": row["score"],
        "mean": row["mean"],
        "± error": row["error"],
        "luck": row["luck"],
        "evaluations": len(row["evaluations"]),
    }


def _conclusion(standings: Standings) -> str:
    """Return what the numbers say."""
    best, chosen = standings.ranked[0], standings.finalists[0]
    lines = [f"best by its mean: {best.key}"]
    luck = format_number(standings.luck(chosen))
    lines.append(f"the run's best, {short_id(chosen.key)}, owed {luck} of its score to luck")
    if standings.skill_share is not None:
        lines.append(
            f"of what the finalists' means differ by, {standings.skill_share:.0%} is skill, the "
            "rest is noise of the evaluations"
        )
    return "\n".join(lines)
