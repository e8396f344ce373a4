"""What a trial costs beside its training: ours and Oríon's own, with all targets, in one run.

Each row is a process that suggests a trial, observes a made-up objective, and so on, through
Oríon's client and a storage. The cost at trial n is the median of the 50 trials up to n. Oríon's
own PBT runs in processes that do not have orion-pbt, so that nothing is corrected for it.

    python benchmarks/overhead.py                        # all; --limit says how long it can take
    python benchmarks/overhead.py --quick                # less than a minute
    python benchmarks/overhead.py --only-ours --parts costs --storages memory --trials 1000 10000
"""

from __future__ import annotations

import argparse
import os
import platform
from importlib import metadata

from trial_overhead import report
from trial_overhead.experiments import POPULATION, STORAGES
from trial_overhead.jobs import Job, do, do_together
from trial_overhead.targets import GENERATIONS, PROCESSES, Results, compare

MARKS = {
    "memory": (100, 500, 1_000, 10_000),
    "sqlite": (100, 500, 1_000, 10_000),
    "pickleddb": (100, 500),
}
"""Trials at which the cost is taken, where `--trials` does not say it."""
OWN_MARKS = (100, 500)
QUICK_MARKS = (10, 25)
PARTS = ("costs", "generations", "processes")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few trials, and no targets")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--trials", type=int, nargs="+", help="trials at which to take the cost")
    parser.add_argument("--storages", nargs="+", choices=STORAGES, default=STORAGES)
    parser.add_argument("--only-ours", action="store_true", help="leave Oríon's own out")
    parser.add_argument("--processes", type=int, help="that work together; 16 if left out")
    parser.add_argument("--limit", type=float, default=900, help="seconds for each row")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def main() -> None:
    """Print the tables."""
    options = parse()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {platform.system()}")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("orion-pbt", "orion"))
    print(f"versions: Python {platform.python_version()}, {versions}; seed {options.seed}")
    results = Results()
    if "costs" in options.parts:
        measure_costs(options, results)
    if "generations" in options.parts:
        measure_generations(options, results)
    if "processes" in options.parts:
        measure_processes(options, results)
    print("\n".join(report.targets(compare(results))))


def measure_costs(options: argparse.Namespace, results: Results) -> None:
    """Print what a trial costs, on each storage."""
    jobs = [make_job(options, storage, ours=True) for storage in options.storages]
    if not options.only_ours:  # whose states the storage `sql` refuses
        kinds = [storage for storage in options.storages if storage != "sqlite"]
        jobs += [make_job(options, storage, ours=False) for storage in kinds]
    marks = sorted({mark for job in jobs for mark in job.marks})
    print(f"\npopulation {POPULATION}; median ms a trial (suggest + observe)")
    print(report.heading(marks))
    for job in jobs:
        outcome = do(job, options.limit)
        (results.ours if job.ours else results.own)[job.storage] = outcome
        print(report.row(outcome, marks), flush=True)
    print(*report.memory([*results.ours.values(), *results.own.values()]), sep="\n")


def make_job(options: argparse.Namespace, storage: str, *, ours: bool) -> Job:
    """Return the job of one row."""
    default = QUICK_MARKS if options.quick else MARKS[storage] if ours else OWN_MARKS
    marks = tuple(sorted(options.trials or default))
    trials = max(marks)
    return Job(ours, storage, trials, marks, trials // POPULATION + 1, seed=options.seed)


def measure_generations(options: argparse.Namespace, results: Results) -> None:
    """Print whether a population of many generations comes to its end, in memory."""
    generations = 1 if options.quick else GENERATIONS
    print()
    for ours in (True,) if options.only_ours else (True, False):
        job = Job(ours, "memory", None, (), generations, seed=options.seed)
        outcome = do(job, options.limit)
        results.generations.append(outcome)
        print(report.generations(outcome), flush=True)


def measure_processes(options: argparse.Namespace, results: Results) -> None:
    """Print how many trials a second are done by processes that share a SQLite file."""
    seconds = 2.0 if options.quick else 20.0
    results.processes = options.processes or (2 if options.quick else PROCESSES)
    job = Job(True, "sqlite", None, (), GENERATIONS * 10, seconds=seconds, seed=options.seed)
    results.together = do_together(job, results.processes)
    print(
        f"\n{results.processes} processes on one SQLite file, population {POPULATION}: "
        f"{results.together:.0f} trials a second together, in {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
