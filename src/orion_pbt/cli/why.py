"""Tell why a trial was run: who was compared, who was copied, what was changed.

The decision that made the trial is taken once more, in the population as it was then.
"""

from __future__ import annotations

import argparse
import textwrap
from dataclasses import asdict
from typing import Any

from orion_pbt.cli.decisions import changes_of, compared, compared_table, origin, reasons
from orion_pbt.cli.experiment import Population, add_experiment_arguments, open_population
from orion_pbt.cli.fates import fate
from orion_pbt.cli.output import add_format_argument, format_json, format_rows
from orion_pbt.console.text import format_number
from orion_pbt.engine.explaining import Explanation, explain
from orion_pbt.explore.changes import Change
from orion_pbt.plotting.reading import decisions_of
from orion_pbt.population import Member

WIDTH = 100
"""Characters of a line, where a sentence is wrapped."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser)
    parser.add_argument("trial", metavar="TRIAL", help="its id, or a beginning that only it has")


def run(args: argparse.Namespace) -> None:
    """Print why a trial was run."""
    population = open_population(args)
    member = population.member(args.trial)
    maker, made = population.maker(member)
    explanation = explain(maker.engine, made.key)
    if args.format == "table":
        print(format_explanation(population, member, maker, explanation))
    elif args.format == "json":
        print(format_json(to_record(population, member, maker, explanation)))
    else:
        rows = [
            {"rule": comparison.rule, **row}
            for comparison in explanation.comparisons
            for row in compared(explanation, comparison)
        ]
        print(format_rows(rows, args.format))


def to_record(
    population: Population, member: Member, maker: Population, explanation: Explanation
) -> dict[str, Any]:
    """Return all there is to say of a decision, as plain data.

    Parameters
    ----------
    population, member:
        What the user asked for.
    maker:
        The population of the version that took the decision.
    explanation:
        What there is known of it.
    """
    return {
        "id": member.key,
        "generation": member.generation,
        "fidelity": population.schedule.fidelity(member.generation),
        "status": member.status.value,
        "score": member.score,
        "parent": member.parent,
        "replaced": member.base,
        "decided_about": explanation.ancestor,
        "attempt": explanation.attempt + 1,
        "is_reproduced": explanation.is_same,
        "decided_in": maker.title,
        "origin": to_origin(maker, explanation),
        "reasons": reasons(explanation, maker.engine),
        "comparisons": [
            {**asdict(comparison), "ranked": compared(explanation, comparison)}
            for comparison in explanation.comparisons
        ],
        "changes": [_change_row(change) for change in _changes(maker, explanation)],
        "fate": _fate(population, member),
    }


def format_explanation(
    population: Population, member: Member, maker: Population, explanation: Explanation
) -> str:
    """Return what a person reads; the parameters are those of `to_record`."""
    score = "" if member.score is None else f", score {format_number(member.score)}"
    parts = [
        f"{member.key}\n{member.status.value}, generation {member.generation} of "
        f"{population.engine.generations}, {population.fidelity_name} "
        f"{population.schedule.fidelity(member.generation)}{score}",
        "\n".join([to_origin(maker, explanation), *reasons(explanation, maker.engine)]),
    ]
    if maker is not population:
        parts[-1] += f"\nDecided in {maker.title}, by its settings."
    for comparison in explanation.comparisons:
        table = compared_table(explanation, comparison)
        lines = [textwrap.fill(f"{comparison.rule}: {comparison.told}", WIDTH)]
        parts.append("\n".join([*lines, format_rows(table, "table")] if table else lines))
    rows = [_change_row(change) for change in _changes(maker, explanation)]
    if not rows:
        rows = [{name.lstrip("/"): value for name, value in member.params.items()}]
    parts.append(format_rows(rows, "table"))
    parts.append("\n".join(_fate(population, member)))
    return "\n\n".join(parts)


def to_origin(population: Population, explanation: Explanation) -> str:
    """Return what was decided, in a sentence."""
    inserted = decisions_of({"engine": population.engine.state}).inserted
    return origin(explanation, population.engine, inserted)


def _changes(population: Population, explanation: Explanation) -> list[Change]:
    return changes_of(explanation, population.engine.space)


def _change_row(change: Change) -> dict[str, Any]:
    return {
        "hyperparameter": change.name.lstrip("/"),
        "before": change.before,
        "after": change.after,
        "how": change.how,
    }


def _fate(population: Population, member: Member) -> list[str]:
    trial = population.client.get_trial(uid=member.key)
    state = "not in the storage any more" if trial is None else trial.status
    return fate(population.engine, member, population.best(), state)
