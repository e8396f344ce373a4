"""Running each task with each setting and seed, on all cores."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from orion_pbt.testing.simulation import simulate
from search_quality.settings import POPULATION, SETTINGS, registered
from search_quality.tasks import TASKS

SLOW = ("H", "G")
"""Tasks to begin with, so that no core is left with a long one in the end."""


@dataclass(frozen=True)
class Job:
    """One run.

    Parameters
    ----------
    task:
        Letter of the task.
    setting:
        Name of the setting.
    seed:
        Of the run.
    """

    task: str
    setting: str
    seed: int


@dataclass(frozen=True)
class Result:
    """What came of a run.

    Parameters
    ----------
    job:
        The run.
    score:
        Of its winner.
    again:
        What the winner's schedule scores when it is trained again, on average; None where it was
        not, as where there is no luck.
    budget:
        What was trained, as a share of what 8 members train that go all the way once.
    seconds:
        What the run took, without the replays.
    """

    job: Job
    score: float
    again: float | None
    budget: float
    seconds: float


def make_jobs(
    tasks: Sequence[str], settings: Sequence[str], seeds: int | None, first_seed: int
) -> list[Job]:
    """Return all runs, the slow ones first; a task has its own number of seeds if none is given."""
    ordered = sorted(tasks, key=lambda letter: letter not in SLOW)
    return [
        Job(letter, setting, seed)
        for letter in ordered
        for seed in range(first_seed, first_seed + (seeds or TASKS[letter].seeds))
        for setting in settings
    ]


def measure(job: Job) -> Result:
    """Run one."""
    task = TASKS[job.task]
    settings = {"population_size": POPULATION, **task.settings, **SETTINGS[job.setting]}
    started = time.perf_counter()
    with registered():
        run = simulate(task, settings, job.seed)
    seconds = time.perf_counter() - started
    replays = [run.replay(luck) for luck in range(task.replays)]
    again = statistics.fmean(replays) if replays else None
    budget = run.trained / (POPULATION * task.horizon)
    return Result(job, run.score, again, budget, seconds)


def measure_all(jobs: Sequence[Job], processes: int) -> list[Result]:
    """Run all, with a line of progress."""
    # Each core has its own run, and a small matrix is not worth a second thread.
    os.environ["OMP_NUM_THREADS"] = "1"
    results = []
    context = multiprocessing.get_context("spawn")
    # Unlike a multiprocessing.Pool it does not wait for ever for a process that was killed.
    with ProcessPoolExecutor(processes, context) as pool:
        try:
            for future in as_completed([pool.submit(measure, job) for job in jobs]):
                results.append(future.result())
                _show(len(results), len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    order = {job: number for number, job in enumerate(jobs)}
    return sorted(results, key=lambda result: order[result.job])


def _show(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    if sys.stderr.isatty():
        print(f"\r{done} of {total} runs", end=end, file=sys.stderr, flush=True)
    elif done * 10 // total != (done - 1) * 10 // total:
        print(f"{done} of {total} runs", file=sys.stderr, flush=True)
