"""Say how well a population searches, and what could be done about it.

How fast one ancestor takes over, how different the members still are, hyperparameters that are
stuck at their bounds, copies that did not help, and intervals that are too short to judge by.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from orion_pbt.cli.experiment import add_experiment_arguments, open_population
from orion_pbt.cli.output import add_format_argument, format_rows
from orion_pbt.health import Finding, examine

SIGNS = {True: "fine", False: "look", None: "–"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Print the findings."""
    population = open_population(args)
    engine = population.engine
    findings = examine(
        engine.lineages,
        engine.space,
        engine.generations,
        engine.mutation,
        lambda fork: engine.exploit.copies_for_rank(fork, engine.lineages),
    )
    if args.format == "table":
        print("\n".join(map(_format, findings)))
    else:
        print(format_rows([asdict(finding) for finding in findings], args.format))


def _format(finding: Finding) -> str:
    text = f"{SIGNS[finding.is_fine]:<5} {finding.question}: {finding.found}"
    return f"{text}\n      → {finding.remedy}" if finding.remedy else text
