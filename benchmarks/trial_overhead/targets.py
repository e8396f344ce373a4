"""What this project wants to be true, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from trial_overhead.jobs import Outcome

EARLY, LATE, COMPARED = 1_000, 10_000, 500
"""Trials at which the targets are set."""
GENERATIONS, PROCESSES = 100, 16
"""For which the targets are set."""


@dataclass
class Results:
    """All that was measured in a run of the benchmark.

    Parameters
    ----------
    ours, own:
        By storage: orion-pbt's algorithm, and Oríon's own.
    generations:
        Outcomes of the job of many generations, ours first.
    processes:
        How many worked together.
    together:
        Trials a second that they did; None where that was not measured.
    """

    ours: dict[str, Outcome] = field(default_factory=dict)
    own: dict[str, Outcome] = field(default_factory=dict)
    generations: list[Outcome] = field(default_factory=list)
    processes: int = 0
    together: float | None = None


@dataclass(frozen=True)
class Line:
    """One target.

    Parameters
    ----------
    what:
        Is measured.
    wanted, found:
        As text, with the unit.
    met:
        Whether the one reaches the other.
    """

    what: str
    wanted: str
    found: str
    met: bool


def compare(results: Results) -> Iterator[Line]:
    """Yield a line for each target of which enough was measured."""
    yield from _flat_costs(results.ours, "sqlite", "SQLite file", EARLY, 6.0)
    yield from _flat_costs(results.ours, "memory", "in memory", LATE, 4.0)
    yield from _times_less(results)
    for outcome in results.generations:
        job = outcome.job
        if job.ours and job.generations == GENERATIONS:
            many = f"{job.population} members × {GENERATIONS} generations"
            yield Line(many, "finishes", outcome.ended or "finishes", not outcome.ended)
    if results.together is not None and results.processes == PROCESSES:
        what = f"{PROCESSES} processes on a SQLite file: trials a second"
        yield _at_least(what, results.together, 150)
    late = [outcome for outcome in results.ours.values() if LATE in outcome.costs]
    if late:
        yield _at_most(f"state at {LATE:,}: MB", max(one.state_mb for one in late), 4)
        yield _at_most(f"peak memory at {LATE:,}: MB", max(one.end_mb for one in late), 400)


def _flat_costs(
    ours: Mapping[str, Outcome], storage: str, name: str, at: int, limit: float
) -> Iterator[Line]:
    costs = _costs(ours, storage)
    if at in costs:
        yield _at_most(f"{name}: ms a trial at {at:,}", costs[at], limit)
    if EARLY in costs and LATE in costs:
        what = f"{name}: ms at {LATE:,}, times that at {EARLY:,}"
        yield _at_most(what, costs[LATE] / costs[EARLY], 1.5)


def _times_less(results: Results) -> Iterator[Line]:
    own = _own_at(results, COMPARED)
    for storage, name in (("sqlite", "SQLite file"), ("pickleddb", "PickledDB")):
        costs = _costs(results.ours, storage)
        if own is not None and COMPARED in costs:
            what = f"{name}: ms at {COMPARED}, times less than Oríon's own on PickledDB"
            yield _at_least(what, own / costs[COMPARED], 50)


def _costs(outcomes: Mapping[str, Outcome], storage: str) -> Mapping[int, float]:
    return outcomes[storage].costs if storage in outcomes else {}


def _own_at(results: Results, trial: int) -> float | None:
    """Return what Oríon's own costs at a trial, or before, where it did not come so far.

    Its cost grows, so what it would have cost is more than that.
    """
    if "pickleddb" not in results.own or not results.own["pickleddb"].costs:
        return None
    outcome = results.own["pickleddb"]
    if trial not in outcome.costs and outcome.last > trial:
        return None
    return outcome.costs.get(trial, outcome.costs[outcome.last])


def _at_most(what: str, found: float, wanted: float) -> Line:
    return Line(what, f"≤ {wanted:g}", f"{found:.1f}", round(found, 1) <= wanted)


def _at_least(what: str, found: float, wanted: float) -> Line:
    return Line(what, f"≥ {wanted:g}", f"{found:.0f}", round(found) >= wanted)
