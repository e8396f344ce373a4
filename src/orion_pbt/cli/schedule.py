"""Show or export the schedule that a trial's weights went through; the winner's by default.

As rows, or as a Python function without dependencies:

    orion-pbt schedule --name NAME --format python > schedule.py
"""

from __future__ import annotations

import argparse
from typing import Any

import orion_pbt
from orion_pbt.cli.experiment import Population, add_experiment_arguments, open_population
from orion_pbt.cli.output import Row, add_format_argument, format_json, format_rows
from orion_pbt.console.text import format_number
from orion_pbt.errors import UnknownMember
from orion_pbt.population import Member
from orion_pbt.schedules import Stretch, path_of
from orion_pbt.schedules.export import fits_of, to_fitted_source, to_source
from orion_pbt.schedules.fits import FORMS

ERROR = """\
error: how far the formula is from the schedule, root mean square over the {fidelity}, as a share
of the range of the schedule's values; of logarithms where the prior is logarithmic
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser, "python")
    parser.add_argument(
        "trial", nargs="?", metavar="TRIAL", help="its id, or a beginning that only it has"
    )
    parser.add_argument(
        "--fit",
        action="store_true",
        help="describe each number by the nearest of a constant, a line, an exponential and half "
        "a period of a cosine",
    )


def run(args: argparse.Namespace) -> None:
    """Print the schedule."""
    population = open_population(args)
    member = population.member(args.trial) if args.trial else population.best()
    if member is None:
        raise UnknownMember(
            f"No trial of {population.title} is completed, so there is no schedule yet. Name a "
            "trial; `orion-pbt tree` shows them."
        )
    stretches = path_of(population.engine.lineages, member.key, population.schedule)
    if args.format == "python":
        origin = to_origin(population, member)
        space = population.engine.space
        source = (
            to_fitted_source(stretches, space, origin) if args.fit else to_source(stretches, origin)
        )
        print(source, end="")
        return
    rows = fit_rows(population, stretches) if args.fit else stretch_rows(population, stretches)
    if args.format == "json":
        record = {"id": member.key, "score": member.score, "fidelity": population.fidelity_name}
        print(format_json({**record, "fits" if args.fit else "schedule": rows}))
    else:
        print(format_rows(rows, args.format))
        if args.fit and args.format == "table":
            print(ERROR.format(fidelity=population.fidelity_name), end="")


def stretch_rows(population: Population, stretches: tuple[Stretch, ...]) -> list[Row]:
    """Return a row for each stretch of training with the same hyperparameters."""
    lineages = population.engine.lineages
    return [
        {
            "from": stretch.start_fidelity + 1,
            "to": stretch.end_fidelity,
            "trial": stretch.keys[-1],
            "score": lineages[stretch.keys[-1]].score,
            **{name.lstrip("/"): value for name, value in stretch.params.items()},
        }
        for stretch in stretches
    ]


def fit_rows(population: Population, stretches: tuple[Stretch, ...]) -> list[dict[str, Any]]:
    """Return a row for each number: the nearest formula, and the errors of all."""
    rows: list[dict[str, Any]] = []
    for name, fits in fits_of(stretches, population.engine.space).items():
        row: dict[str, Any] = {"hyperparameter": name, "form": "steps"}
        if fits:
            row["form"] = fits[0].form
            row["formula"] = fits[0].expression(population.fidelity_name)
            row["error"] = fits[0].error
        errors = {made.form: made.error for made in fits}
        rows.append({**row, **{f"error_{form}": errors.get(form) for form in FORMS}})
    return rows


def to_origin(population: Population, member: Member) -> str:
    """Return where a schedule comes from, in a sentence."""
    return (
        f"The schedule of trial {member.key} of {population.title}, found by population "
        f"based training (orion-pbt {orion_pbt.__version__}); score "
        f"{format_number(member.score)} at {population.fidelity_name} "
        f"{population.schedule.fidelity(member.generation)}."
    )
