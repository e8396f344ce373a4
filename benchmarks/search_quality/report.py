"""The results as text, as Markdown and as CSV."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from search_quality.measuring import Result
from search_quality.settings import CONTROLS
from search_quality.statistics import Estimate, estimate, estimate_difference
from search_quality.tasks import TASKS, Task

FEW_SEEDS = 5
"""Below as many, an interval is hardly one."""


@dataclass(frozen=True)
class Row:
    """A setting's results on a task.

    Parameters
    ----------
    setting:
        Name of the setting.
    scores:
        By seed.
    score, again:
        Over the seeds; `again` is None where no winner was trained again.
    budget:
        On average.
    """

    setting: str
    scores: tuple[float, ...]
    score: Estimate
    again: Estimate | None
    budget: float


def summarise(results: Sequence[Result]) -> dict[str, list[Row]]:
    """Return the rows of each task, tasks and settings in the order of their tables."""
    letters = [letter for letter in TASKS if any(one.job.task == letter for one in results)]
    return {letter: list(_rows(letter, results)) for letter in letters}


def _rows(letter: str, results: Sequence[Result]) -> Iterator[Row]:
    found = [one for one in results if one.job.task == letter]
    for setting in dict.fromkeys(one.job.setting for one in found):
        runs = [one for one in found if one.job.setting == setting]
        scores = tuple(one.score for one in runs)
        again = [one.again for one in runs if one.again is not None]
        budget = statistics.fmean(one.budget for one in runs)
        yield Row(setting, scores, estimate(scores), estimate(again) if again else None, budget)


def table(rows: dict[str, list[Row]]) -> Iterator[str]:
    """Yield the lines of the table."""
    for letter, found in rows.items():
        task = TASKS[letter]
        yield (
            f"\n{letter} {task.name}: target {task.target:g}, limit {task.limit:g}, "
            f"{len(found[0].scores)} seeds"
        )
        is_again = any(row.again is not None for row in found)
        heading = f"  {'':18}{'score':>9}  {'95 % interval':<20}{'budget':<8}{'target':<8}"
        yield (heading + is_again * f"{'again':>9}  95 % interval").rstrip()
        for row in found:
            met = "" if row.setting in CONTROLS else "met" if is_met(task, row) else "-"
            line = f"  {row.setting:18}{_cells(row.score, task.digits)}{row.budget:<8.2f}{met:<8}"
            line += _cells(row.again, task.digits) if row.again is not None else ""
            yield line.rstrip()


def is_met(task: Task, row: Row) -> bool:
    """Whether a setting reaches the target of a task, to the decimals that are printed."""
    return round(row.score.value, task.digits) >= round(task.target, task.digits)


def targets(rows: dict[str, list[Row]]) -> Iterator[str]:
    """Yield a line a task: how many strategies meet its target, and the best of them."""
    for letter, found in rows.items():
        strategies = [row for row in found if row.setting not in CONTROLS]
        if strategies:
            task = TASKS[letter]
            best = max(strategies, key=lambda row: row.score.value)
            count = sum(is_met(task, row) for row in strategies)
            score = f"{best.score.value:.{task.digits}f}"
            yield f"  {letter:3}{count} of {len(strategies)}, the best is {best.setting}: {score}"


def comparison(rows: dict[str, list[Row]], setting: str, other: str) -> Iterator[str]:
    """Yield a line a task: by how much one setting is above another."""
    for letter, found in rows.items():
        named = {row.setting: row for row in found}
        if setting not in named or other not in named:
            continue
        found_difference = estimate_difference(named[setting].scores, named[other].scores)
        verdict = _verdict(found_difference, len(named[setting].scores))
        yield f"  {letter:3}{_cells(found_difference, TASKS[letter].digits, '+')}{verdict}"


def _verdict(difference: Estimate, seeds: int) -> str:
    if seeds < FEW_SEEDS:
        return "too few seeds to tell"
    return "below" if difference.high < 0 else "above" if difference.low > 0 else "no difference"


def _cells(found: Estimate, digits: int, sign: str = "") -> str:
    value, low, high = (f"{x:{sign}.{digits}f}" for x in (found.value, found.low, found.high))
    return f"{value:>9}  {f'[{low}, {high}]':<20}"


def overview(rows: dict[str, list[Row]]) -> Iterator[str]:
    """Yield the lines of a Markdown table, a row a setting; bold scores meet the target."""
    letters = list(rows)
    yield f"| | {' | '.join(letters)} |"
    yield f"| --- |{' ---: |' * len(letters)}"
    for setting in dict.fromkeys(row.setting for found in rows.values() for row in found):
        cells = [_cell(letter, rows[letter], setting) for letter in letters]
        yield f"| {setting} | {' | '.join(cells)} |"
    for name in ("target", "limit"):
        cells = [f"{getattr(TASKS[letter], name):.{TASKS[letter].digits}f}" for letter in letters]
        yield f"| *{name}* | {' | '.join(cells)} |"


def _cell(letter: str, rows: list[Row], setting: str) -> str:
    task = TASKS[letter]
    for row in rows:
        if row.setting == setting:
            score = f"{row.score.value:.{task.digits}f}"
            bold = "**" if setting not in CONTROLS and is_met(task, row) else ""
            again = "" if row.again is None else f" ({row.again.value:.{task.digits}f})"
            return f"{bold}{score}{bold}{again}"
    return ""


def write_csv(path: Path, results: Sequence[Result]) -> None:
    """Write a line a run."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["task", "setting", "seed", "score", "again", "budget", "seconds"])
        for one in results:
            job = (one.job.task, one.job.setting, one.job.seed)
            writer.writerow([*job, one.score, one.again, f"{one.budget:.4f}", f"{one.seconds:.3f}"])
