"""The results as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from trial_overhead.jobs import Outcome
from trial_overhead.targets import Line

BUSY = 1.5
"""Times the computing that a trial may take before a row says that there was waiting: for the disk,
or for a core, on a machine that is busy with other work."""
OURS, OWN = "orion-pbt", "Oríon's own PBT"


def name(outcome: Outcome) -> str:
    """Return what the algorithm of a job is called in tables."""
    return OURS if outcome.job.ours else OWN


def heading(marks: Sequence[int]) -> str:
    """Return the heading of the table of costs."""
    cells = "".join(f"{f'at {mark:,}':>11}" for mark in marks)
    return f"{'algorithm':<17}{'storage':<11}{cells}{'peak MB':>10}"


def row(outcome: Outcome, marks: Sequence[int]) -> str:
    """Return the row of a job in the table of costs; a dot where it was not asked for."""
    cells = "".join(f"{_cost(outcome, outcome.costs, mark):>11}" for mark in marks)
    memory = f"{outcome.end_mb:.0f}" if outcome.end_mb else "-"
    line = f"{name(outcome):<17}{outcome.job.storage:<11}{cells}{memory:>10}"
    if any(outcome.costs[mark] > BUSY * cpu for mark, cpu in outcome.cpu.items() if mark in marks):
        cells = "".join(f"{_cost(outcome, outcome.cpu, mark):>11}" for mark in marks)
        line += f"\n{'':<5}{'of these it computed':<23}{cells}"
    if outcome.ended:
        line += f"\n{'':<28}{outcome.ended}"
        line += f" ({outcome.costs[outcome.last]:.0f} ms)" if outcome.costs else ""
    return line


def _cost(outcome: Outcome, costs: Mapping[int, float], mark: int) -> str:
    if mark not in outcome.job.marks:
        return "."
    return f"{costs[mark]:.1f}" if mark in costs else "-"


def generations(outcome: Outcome) -> str:
    """Return the line of a job of many generations."""
    job = outcome.job
    end = outcome.ended or f"done, {outcome.last} trials in {outcome.seconds:.0f} s"
    return f"{job.population} members × {job.generations} generations, {name(outcome)}: {end}"


def memory(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield a line on what the processes of each algorithm had before their first trial."""
    starts: dict[str, float] = {}
    for outcome in outcomes:
        if outcome.start_mb:
            starts.setdefault(name(outcome), outcome.start_mb)
    if starts:
        known = ", ".join(f"{label} {start:.0f}" for label, start in starts.items())
        yield f"peak MB before the first trial, with all imports: {known}"


def targets(lines: Iterable[Line]) -> Iterator[str]:
    """Yield the lines of the table of targets."""
    rows = list(lines)
    if not rows:
        return
    width = max(len(line.what) for line in rows)
    yield f"\n{'':<{width}}  {'target':>9}  {'measured':>9}"
    for line in rows:
        verdict = "met" if line.met else "missed"
        yield f"{line.what:<{width}}  {line.wanted:>9}  {line.found:>9}  {verdict}"
