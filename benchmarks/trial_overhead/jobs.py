"""Jobs, each done by a process of its own, and what came of them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from trial_overhead.experiments import POPULATION


@dataclass(frozen=True)
class Job:
    """Some trials of a new experiment.

    Parameters
    ----------
    ours:
        Whether it is orion-pbt's algorithm, or Oríon's own where orion-pbt is not installed.
    storage:
        One of `trial_overhead.experiments.STORAGES`.
    trials:
        How many; None: until the experiment is done.
    marks:
        Trials at which the cost is asked for.
    generations, population:
        Of the experiment.
    seconds:
        For which several processes work on it together; 0: one process does the trials.
    seed:
        Of the algorithm.
    """

    ours: bool
    storage: str
    trials: int | None
    marks: tuple[int, ...]
    generations: int
    population: int = POPULATION
    seconds: float = 0.0
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Parameters
    ----------
    job:
        The job.
    costs:
        Trial → milliseconds a trial at it (suggest and observe), the median of the last ones.
    seconds:
        What it took, the start of its process included.
    ended:
        Empty if it is done; else why not, and where it was.
    start_mb, end_mb:
        The most memory its process had before the first trial and after the last; 0: not known.
    state_mb:
        Size of the algorithm's state at the end, pickled; 0: not known.
    cpu:
        Trial → how many of the milliseconds its process was computing.
    """

    job: Job
    costs: dict[int, float]
    seconds: float
    ended: str = ""
    start_mb: float = 0.0
    end_mb: float = 0.0
    state_mb: float = 0.0
    cpu: dict[int, float] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The number of the last trial of which was heard."""
        return max(self.costs, default=0)


def do(job: Job, limit: float) -> Outcome:
    """Do a job, for at most so many seconds."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        try:
            finished = subprocess.run(
                _command(job, folder), capture_output=True, timeout=limit, cwd=_HERE
            )
            output, errors = finished.stdout, finished.stderr
        except subprocess.TimeoutExpired as expired:
            output, errors = expired.stdout or b"", b""
    return read(job, output.decode(), errors.decode(), time.perf_counter() - start)


def read(job: Job, output: str, errors: str, seconds: float) -> Outcome:
    """Return what came of a job, from what its process wrote."""
    news = [json.loads(line) for line in output.splitlines() if line.endswith("}")]
    known: dict[str, Any] = {}
    for item in news:
        known.update(item)
    costs = {item["trial"]: item["ms"] for item in news if "ms" in item}
    cpu = {item["trial"]: item["cpu_ms"] for item in news if "cpu_ms" in item}
    ended = ""
    if "done" not in known:
        at = f"after trial {max(costs, default=0)}"
        why = known.get("error") or errors.strip().rpartition("\n")[2]
        ended = f"{why}, {at}" if why else f"stopped after {seconds:.0f} s, {at}"
    sizes = {name: known.get(name, 0.0) for name in ("start_mb", "end_mb", "state_mb")}
    return Outcome(job, costs, seconds, ended, **sizes, cpu=cpu)


def do_together(job: Job, processes: int) -> float:
    """Return how many trials a second some processes do, all on one storage."""
    with tempfile.TemporaryDirectory() as folder:
        do_nothing = Job(**{**asdict(job), "trials": 0, "seconds": 0.0})
        # The first makes the file, so that the others do not all try.
        subprocess.run(
            _command(do_nothing, folder), check=True, cwd=_HERE, stdout=subprocess.DEVNULL
        )
        workers = [
            subprocess.Popen(
                _command(job, folder),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=_HERE,
                text=True,
            )
            for _ in range(processes)
        ]
        for worker in workers:
            worker.stdout.readline()
        for worker in workers:
            worker.stdin.write("\n")
            worker.stdin.flush()
        done = [json.loads(worker.stdout.readline()) for worker in workers]
        for worker in workers:
            worker.communicate()
    return sum(one["trial"] for one in done) / max(one["seconds"] for one in done)


_HERE = Path(__file__).parent.parent


def _command(job: Job, folder: str) -> list[str]:
    described = json.dumps({**asdict(job), "folder": folder})
    return [sys.executable, "-m", "trial_overhead.worker", described]
