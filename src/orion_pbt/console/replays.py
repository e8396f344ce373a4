"""How a replay ended: the score and the weights of each replica."""

from __future__ import annotations

import os
from collections import Counter

from orion_pbt.console.text import format_number
from orion_pbt.engine import Engine, replica_of
from orion_pbt.population import Member, Status
from orion_pbt.schedules import FidelitySchedule


def format_replays(
    engine: Engine, schedule: FidelitySchedule, working_dir: str | None = None
) -> str:
    """Return what a person wants to know at the end of a replay.

    Parameters
    ----------
    engine, schedule, working_dir:
        As for `format_summary`.
    """
    ends = ends_of(engine)
    lines = ["Replay of a schedule", "===================="]
    for number in range(1, engine.population_size + 1):
        end = ends.get(number)
        if end is None:
            lines.append(f"replica {number}: nothing was completed")
            continue
        lines.append(
            f"replica {number}: score {format_number(end.score)}, fidelity "
            f"{schedule.fidelity(end.generation)} of {schedule.fidelity(engine.generations)}"
            f"{_weights(end, working_dir)}"
        )
    stopped = Counter(engine.stopped)
    lines += [f"not finished: {why}" + f" ({n} times)" * (n > 1) for why, n in stopped.items()]
    return "\n".join(lines)


def ends_of(engine: Engine) -> dict[int, Member]:
    """Return the member up to which each replica was trained, by the number of the replica."""
    ends: dict[int, Member] = {}
    for generation in range(engine.generations + 1):
        for member in engine.lineages.members_at(generation):
            if member.status is Status.COMPLETED:
                ends[replica_of(member.params) or 0] = member
    return ends


def _weights(member: Member, working_dir: str | None) -> str:
    path = os.path.abspath(os.path.join(working_dir or os.curdir, member.key))
    return f", weights {path}" if os.path.isdir(path) else ""
