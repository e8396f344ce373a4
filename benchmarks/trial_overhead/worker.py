"""A process that does one job and says on its standard output how that goes, a JSON a line.

It is started by `trial_overhead.jobs`; each job has a process of its own, so that its memory can
be measured and it can be stopped when it takes too long.
"""

from __future__ import annotations

import json
import logging
import pickle
import resource
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from trial_overhead.experiments import leave_out_orion_pbt, make_client, objective

WINDOW = 50
"""Trials over which the median is taken."""
NEWS = 10
"""Trials after which an unfinished job says how far it is."""


def main() -> None:
    """Do the job that the command line describes."""
    job = json.loads(sys.argv[1])
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    if not job["ours"]:
        leave_out_orion_pbt()
    client = make_client(
        job["storage"], Path(job["folder"]), job["population"], job["generations"], job["seed"]
    )
    say(start_mb=peak_megabytes())
    if job["seconds"]:
        work_together(client, job["seconds"])
        return
    try:
        work(client, job["trials"], job["marks"])
    # Oríon's own may end with an error of any kind, which is what is measured then.
    except Exception as error:  # noqa: BLE001
        say(error=f"{type(error).__name__}: {error}"[:120])
        return
    state = pickle.dumps(client._experiment.algorithm.state_dict)
    say(done=True, end_mb=peak_megabytes(), state_mb=len(state) / 1e6)


def work(client: Any, trials: int | None, marks: list[int]) -> None:
    """Do one trial after the other, up to a number of them or to the experiment's end."""
    recent: list[tuple[float, float]] = []
    number = 0
    while number != trials and (trials is not None or not client.is_done):
        start, busy = time.perf_counter(), time.process_time()
        trial = client.suggest()
        client.observe(trial, objective(trial))
        cost = time.perf_counter() - start, time.process_time() - busy
        recent = [*recent[1 - WINDOW :], cost]
        number += 1
        if number in marks or number % NEWS == 0:
            wall, cpu = (statistics.median(costs) * 1000 for costs in zip(*recent))
            say(trial=number, ms=wall, cpu_ms=cpu)


def work_together(client: Any, seconds: float) -> None:
    """Wait for the starting shot, then do trials for some seconds."""
    from orion.core.utils.exceptions import ReservationRaceCondition, WaitingForTrials

    sys.stdin.readline()
    start = time.monotonic()
    end = start + seconds
    number = 0
    while time.monotonic() < end:
        try:
            trial = client.suggest()
        except (ReservationRaceCondition, WaitingForTrials):
            time.sleep(0.002)
            continue
        client.observe(trial, objective(trial))
        number += 1
    say(done=True, trial=number, seconds=time.monotonic() - start)


def peak_megabytes() -> float:
    """Return the most memory that this process had so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def say(**news: Any) -> None:
    """Tell the process that started this one."""
    print(json.dumps(news), flush=True)


if __name__ == "__main__":
    main()
