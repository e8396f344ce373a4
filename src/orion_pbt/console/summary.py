"""How a run ended: the best trial, its schedule, its weights, and the lineage."""

from __future__ import annotations

import os
from collections import Counter

from orion_pbt.console.text import format_number, format_params, short_id
from orion_pbt.console.tree import format_tree
from orion_pbt.engine import Engine
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.schedules import FidelitySchedule, path_of


def format_summary(
    engine: Engine, schedule: FidelitySchedule, working_dir: str | None = None
) -> str:
    """Return what a person wants to know at the end of a run.

    Parameters
    ----------
    engine:
        The population.
    schedule:
        The fidelity of each generation.
    working_dir:
        The experiment's directory, where each trial has its own; None if it is not kept.
    """
    best = engine.lineages.best(engine.generations) or engine.lineages.best()
    lines = ["Population based training", "========================="]
    if best is None:
        return "\n".join([*lines, "No trial was completed.", *_stopped(engine)])
    lines += [
        f"best trial: {best.key}",
        f"  score:    {format_number(best.score)} (generation {best.generation} of "
        f"{engine.generations}, fidelity {schedule.fidelity(best.generation)})",
        f"  weights:  {_weights(best, working_dir)}",
        "  schedule, found by the members it descends from:",
        *(f"    {row}" for row in _schedule(engine.lineages, best, schedule)),
        *_stopped(engine),
        "lineage:",
        format_tree(engine.lineages, best),
    ]
    return "\n".join(lines)


def _weights(best: Member, working_dir: str | None) -> str:
    if not working_dir:
        return "not kept; set experiment.working_dir (or ORION_WORKING_DIR) to keep them"
    path = os.path.abspath(os.path.join(working_dir, best.key))
    return path if os.path.isdir(path) else f"not in {path}; `orion-pbt best` looks further"


def _schedule(lineages: Lineages, best: Member, schedule: FidelitySchedule) -> list[str]:
    """Return a row for each stretch of the same hyperparameters on the way to the best."""
    return [
        f"fidelity {stretch.start_fidelity + 1:>4} to {stretch.end_fidelity:>4}: "
        f"{format_params(stretch.params)}  ({short_id(stretch.keys[-1])}, "
        f"{format_number(lineages[stretch.keys[-1]].score)})"
        for stretch in path_of(lineages, best.key, schedule)
    ]


def _stopped(engine: Engine) -> list[str]:
    times = Counter(engine.stopped)
    return [
        f"not finished: {reason}" + (f" ({count} times)" if count > 1 else "")
        for reason, count in times.items()
    ]
