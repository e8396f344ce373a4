"""What goes on in a population at one moment: a record, and the record as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orion_pbt.console.text import format_duration, format_number, format_params, short_id
from orion_pbt.population import Member

WIDEST = 40
"""Cells of a generation; of a larger population each cell is several members."""
CELLS = "█▒░·"
"""Completed, running, waiting for a worker, still to come."""


@dataclass(frozen=True)
class Level:
    """One generation.

    Parameters
    ----------
    generation, fidelity:
        Which.
    completed, running, waiting:
        Members of each kind; the rest of the population is still to come.
    best:
        Score of the best that is completed.
    """

    generation: int
    fidelity: int
    completed: int
    running: int
    waiting: int
    best: float | None


@dataclass(frozen=True)
class Worker:
    """Who runs a trial.

    Parameters
    ----------
    trial:
        Its id.
    generation:
        Its generation, None if it is not of the population.
    owner:
        The worker, if that is known.
    running:
        Seconds since it was begun.
    silent:
        Seconds since the last sign of life.
    is_lost:
        Whether that is so long that another worker may take the trial.
    """

    trial: str
    generation: int | None
    owner: str | None
    running: float | None
    silent: float | None
    is_lost: bool = False


@dataclass(frozen=True)
class Overview:
    """What goes on in a population at one moment.

    Parameters
    ----------
    title:
        Name and version of the experiment.
    fidelity:
        Name of the fidelity.
    population_size:
        Number of members.
    levels:
        The generations, from 0.
    workers:
        Who runs a trial.
    broken:
        Trials that broke.
    best:
        The best so far.
    rate:
        Trials completed a minute; None if that is not known.
    seconds_left:
        Until the last is completed, at that rate.
    exploits:
        The last members that gave up, in words, the last first.
    given_up:
        Why lines ended.
    is_done:
        Whether the experiment is done.
    """

    title: str
    fidelity: str
    population_size: int
    levels: tuple[Level, ...]
    workers: tuple[Worker, ...] = ()
    broken: int = 0
    best: Member | None = None
    rate: float | None = None
    seconds_left: float | None = None
    exploits: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()
    is_done: bool = False

    @property
    def completed(self) -> int:
        """Members completed, over all generations; one that was trained again counts once."""
        return sum(min(level.completed, self.population_size) for level in self.levels)

    @property
    def total(self) -> int:
        """Members to be completed."""
        return self.population_size * len(self.levels)


def format_line(overview: Overview) -> str:
    """Return an overview in one line that changes only with the population."""
    best = overview.best
    parts = [
        f"{overview.title} {overview.completed}/{overview.total}",
        f"{len(overview.workers)} running",
        f"{overview.broken} broken",
        f"best {format_number(None if best is None else best.score)}",
    ]
    parts += [f"{len(overview.given_up)} given up"] if overview.given_up else []
    parts += ["done"] if overview.is_done else []
    return " · ".join(parts)


def format_overview(overview: Overview, height: int) -> list[str]:
    """Return an overview as lines, at most so many; generations and workers share what is left."""
    head = [_head(overview), _best(overview)]
    exploits = _titled("recent exploits", overview.exploits[: max(1, height // 3 - 2)])
    given_up = _titled("given up", overview.given_up[-3:])
    others = [part for part in (head, exploits, given_up) if part]
    room = height - sum(len(part) + 1 for part in others) - 1
    for_workers = min(len(overview.workers) + 1, max(2, room // 3))
    levels = _levels(overview, max(5, room - for_workers))
    workers = _workers(overview.workers, max(2, room - len(levels)))
    parts = (head, levels, workers, exploits, given_up)
    lines = [line for part in parts if part for line in (*part, "")]
    return lines[:-1][:height]


def _head(overview: Overview) -> str:
    parts = [
        overview.title,
        f"{overview.completed} of {overview.total} completed",
        f"{len(overview.workers)} running",
        f"{overview.broken} broken",
    ]
    if overview.is_done:
        return " · ".join([*parts, "done"])
    parts.append("pace not known" if overview.rate is None else f"{overview.rate:.3g} a minute")
    if overview.seconds_left is not None:
        parts.append(f"{format_duration(overview.seconds_left)} left")
    return " · ".join(parts)


def _best(overview: Overview) -> str:
    best = overview.best
    if best is None:
        return "best –"
    return (
        f"best {format_number(best.score)} · {short_id(best.key)} of generation "
        f"{best.generation} · {format_params(best.params)}"
    )


def _levels(overview: Overview, room: int) -> list[str]:
    levels, first = overview.levels, 0
    if len(levels) + 1 > room:
        room -= 2  # for lines that say what is left out
        size = overview.population_size
        begun = (place for place, level in enumerate(levels) if level.completed < size)
        first = max(0, min(next(begun, len(levels)) - 1, len(levels) - room + 1))
    shown = levels[first : first + room - 1]
    lines = [
        f"{'generation':>10} {overview.fidelity:>10}  {CELLS} completed, running, waiting, later"
    ]
    lines += [f"{f'0 to {first - 1}':>10} {'':>10}  done"] if first else []
    lines += [_level(level, overview.population_size) for level in shown]
    rest = len(levels) - first - len(shown)
    return [*lines, f"{f'… {rest} more':>10}"] if rest else lines


def _level(level: Level, size: int) -> str:
    counts = [level.completed, level.running, level.waiting]
    cells = "".join(cell * _share(counts, place, size) for place, cell in enumerate(CELLS[:3]))
    width = min(size, WIDEST)
    bar = cells[:width].ljust(width, CELLS[3])
    best = "" if level.best is None else f"  best {format_number(level.best)}"
    return f"{level.generation:>10} {level.fidelity:>10}  {bar}  {level.completed:>4}{best}"


def _share(counts: Sequence[int], place: int, size: int) -> int:
    """Return the cells of one kind, so that those of all kinds add up."""
    scale = min(1.0, WIDEST / size)
    return round(scale * sum(counts[: place + 1])) - round(scale * sum(counts[:place]))


def _workers(workers: Sequence[Worker], room: int) -> list[str]:
    if not workers:
        return ["no trial is running"]
    lines = [_worker(worker) for worker in workers]
    if len(lines) + 1 > room:
        rest = len(lines) - max(0, room - 2)
        lines = [*lines[: max(0, room - 2)], f"  … and {rest} more"]
    return ["running", *lines]


def _worker(worker: Worker) -> str:
    of = "" if worker.generation is None else f" of generation {worker.generation}"
    parts = [f"  {short_id(worker.trial)}{of}"]
    parts += [worker.owner] if worker.owner is not None else []
    parts += [f"for {format_duration(worker.running)}"] if worker.running is not None else []
    if worker.silent is not None:
        lost = ", lost" if worker.is_lost else ""
        parts.append(f"last sign of life {format_duration(worker.silent)} ago{lost}")
    return " · ".join(parts)


def _titled(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *(f"  {line}" for line in lines)] if lines else []
