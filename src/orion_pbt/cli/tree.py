"""Show the lineage of a population: who descends from whom, with which hyperparameters."""

from __future__ import annotations

import argparse

from orion_pbt.cli.experiment import add_experiment_arguments, open_population
from orion_pbt.cli.output import Row, add_format_argument, format_rows
from orion_pbt.console import format_tree
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member

ALL = 10**9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser)
    parser.add_argument(
        "--rows",
        type=int,
        default=60,
        metavar="N",
        help="rows of a table at most, 0 for all (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> None:
    """Print the lineage."""
    population = open_population(args)
    lineages = population.engine.lineages
    if args.format == "table":
        print(format_tree(lineages, population.best(), max_rows=args.rows or ALL))
    else:
        print(format_rows([to_row(lineages, member) for member in lineages], args.format))


def to_row(lineages: Lineages, member: Member) -> Row:
    """Return a member as a row: its place in the lineage, how it ended, its hyperparameters."""
    return {
        "id": member.key,
        "generation": member.generation,
        "parent": member.parent,
        "replaced": member.base,
        "root": lineages.node(member.key).root.item.key,
        "status": member.status.value,
        "score": member.score,
        **{name.lstrip("/"): value for name, value in member.params.items()},
    }
