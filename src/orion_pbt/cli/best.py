"""Show the best member: its score, its schedule, and where its weights are.

The best is the best of the last generation or, before that is reached, the best of all. Works
while the run goes on. To copy the weights:

    cp -r "$(orion-pbt best --name NAME --path)" DIRECTORY
"""

from __future__ import annotations

import argparse
from typing import Any

from orion_pbt.cli.experiment import Population, add_experiment_arguments, open_population
from orion_pbt.cli.output import Row, add_format_argument, format_json, format_rows
from orion_pbt.cli.weights import find_weights
from orion_pbt.console.text import format_number
from orion_pbt.errors import CheckpointError, UnknownMember
from orion_pbt.population import Member, is_rankable, rank
from orion_pbt.schedules import path_of
from orion_pbt.settings.checks import check_whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser)
    parser.add_argument(
        "-k",
        type=int,
        default=1,
        metavar="N",
        help="the N best, each of another line (default: %(default)s)",
    )
    parser.add_argument(
        "--path",
        action="store_true",
        help="print nothing but the directory of the weights, a line a member; fails if they are "
        "not there",
    )


def run(args: argparse.Namespace) -> None:
    """Print the best members."""
    check_whole("-k", args.k, 1, "Use e.g. 3.", "it is a number of members")
    population = open_population(args)
    members = best_members(population, args.k)
    if not members:
        raise UnknownMember(
            f"No trial of {population.title} is completed, so there is no best one yet. "
            "`orion-pbt watch` shows how far it is."
        )
    if args.path:
        print("\n".join(path_to_weights(population, member) for member in members))
    elif args.format == "table":
        print("\n\n".join(format_member(population, member) for member in members))
    elif args.format == "json":
        print(format_json([to_record(population, member) for member in members]))
    else:
        rows = [row for member in members for row in to_rows(population, member)]
        print(format_rows(rows, args.format))


def best_members(population: Population, count: int) -> list[Member]:
    """Return the best members, the best one first, each of another line.

    Those of the last generation come first, then the best of the lines that have not reached it:
    what was trained less cannot be compared with the others.
    """
    lineages = population.engine.lineages
    last = filter(is_rankable, lineages.completed_at(population.engine.generations))
    found = sorted(last, key=rank)
    lines = {lineages.line_root(member.key) for member in found}
    rest = [elite for elite in lineages.elites() if lineages.line_root(elite.key) not in lines]
    return [*found, *sorted(rest, key=rank)][:count]


def path_to_weights(population: Population, member: Member) -> str:
    """Return the directory of a member's weights.

    Raises
    ------
    CheckpointError
        If it is not there.
    """
    weights = find_weights(population.client, member.key)
    if weights.path is None or not weights.is_there:
        place = "" if weights.path is None else f" from {weights.path!r}"
        raise CheckpointError(
            f"The weights of trial {member.key} cannot be taken{place}: {weights.note}"
        )
    return weights.path


def format_member(population: Population, member: Member) -> str:
    """Return what a person reads of a member; its id and its path have a line of their own."""
    weights = find_weights(population.client, member.key)
    schedule = [_flat(row) for row in schedule_rows(population, member)]
    lines = [
        member.key,
        f"score {format_number(member.score)}, generation {member.generation} of "
        f"{population.engine.generations}, {population.fidelity_name} "
        f"{population.schedule.fidelity(member.generation)}",
        f"weights: {weights.note}",
        *([] if weights.path is None else [weights.path]),
        format_rows(schedule, "table"),
    ]
    return "\n".join(lines)


def to_record(population: Population, member: Member) -> dict[str, Any]:
    """Return all there is to say of a member, as plain data."""
    weights = find_weights(population.client, member.key)
    return {
        "id": member.key,
        "score": member.score,
        "generation": member.generation,
        "fidelity": population.schedule.fidelity(member.generation),
        "path": weights.path,
        "is_there": weights.is_there,
        "weights": weights.note,
        "schedule": schedule_rows(population, member),
    }


def to_rows(population: Population, member: Member) -> list[Row]:
    """Return a member as rows, one for each stretch of training."""
    record = to_record(population, member)
    schedule = record.pop("schedule")
    return [{**record, **_flat(row)} for row in schedule]


def schedule_rows(population: Population, member: Member) -> list[dict[str, Any]]:
    """Return a row for each stretch of training with the same hyperparameters."""
    return [
        {
            "from": stretch.start_fidelity + 1,
            "to": stretch.end_fidelity,
            "params": {name.lstrip("/"): value for name, value in stretch.params.items()},
        }
        for stretch in path_of(population.engine.lineages, member.key, population.schedule)
    ]


def _flat(row: dict[str, Any]) -> Row:
    return {"from": row["from"], "to": row["to"], **row["params"]}
