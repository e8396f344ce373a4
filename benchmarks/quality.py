"""How good the schedules are that strategies find, on nine small tasks whose optimum is known.

Each strategy has one setting for all tasks, 8 members and 8 simulated workers. Beside it stand
controls with the same budget: random search, selection without exploration, exploration without
selection. `again` is what the winner's schedule scores when it is trained anew, with other luck.

    python benchmarks/quality.py                                # all of it
    python benchmarks/quality.py --quick                        # 2 seeds, 3 tasks
    python benchmarks/quality.py --tasks C D --settings default random --seeds 40
    python benchmarks/quality.py --csv runs.csv --plot quality.png

Task H needs scikit-learn.
"""

from __future__ import annotations

import argparse
import os
import platform
from importlib import metadata
from pathlib import Path

from search_quality.drawing import draw, save
from search_quality.measuring import make_jobs, measure_all
from search_quality.report import comparison, overview, summarise, table, targets, write_csv
from search_quality.settings import POPULATION, SETTINGS
from search_quality.tasks import TASKS

QUICK = ("A", "C", "E")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, metavar="LETTER")
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--seeds", type=int, help="runs of each; 20 if left out, 6 for H")
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--quick", action="store_true", help="2 seeds of " + ", ".join(QUICK))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--csv", type=Path, help="write a line a run")
    parser.add_argument("--markdown", type=Path, help="write a table with a row a setting")
    parser.add_argument("--plot", type=Path, help="draw a picture (.png, .svg, .html, ...)")
    return parser.parse_args(arguments)


def main() -> None:
    """Print the table."""
    options = parse()
    names = ("orion-pbt", "orion", "numpy", "scikit-learn")
    installed = {found.metadata["Name"] for found in metadata.distributions()}
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names if name in installed)
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {platform.system()}")
    print(f"versions: Python {platform.python_version()}, {versions}; seed {options.seed}")
    print(f"{POPULATION} members, 8 simulated workers; interquartile means, more is better")
    tasks = options.tasks or (QUICK if options.quick else list(TASKS))
    seeds = options.seeds or (2 if options.quick else None)
    results = measure_all(
        make_jobs(tasks, options.settings, seeds, options.seed), options.processes
    )
    rows = summarise(results)
    print("\n".join(table(rows)))
    print("\nTargets met:", *targets(rows), sep="\n")
    lines = list(comparison(rows, "default", "reference"))
    if lines:
        print("\nThe default less the reference, by seed:", *lines, sep="\n")
    if options.csv is not None:
        write_csv(options.csv, results)
    if options.markdown is not None:
        options.markdown.write_text("\n".join(overview(rows)) + "\n", encoding="utf-8")
    if options.plot is not None:
        save(draw(rows), options.plot)


if __name__ == "__main__":
    main()
