"""Our default beside Ray Tune's population based training, on the tasks of ``quality.py``.

Ray is installed into an environment of its own, about 600 MB, which is removed in the end unless
you name one. Its scheduler decides with its defaults (a quarter of the population, a factor 1.2 or
0.8, resampling with a probability of 0.25), as it is and synchronous, for 8 simulated workers of
nearly equal speed.

    python benchmarks/ray_comparison.py                # 20 seeds of all tasks but H
    python benchmarks/ray_comparison.py --quick        # 2 seeds of 3 tasks
    python benchmarks/ray_comparison.py --tasks C --seeds 40 --venv ray-environment
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import subprocess
import sys
import tempfile
import venv
from importlib import metadata
from pathlib import Path

from search_quality.measuring import Job, Result, make_jobs, measure_all
from search_quality.report import comparison, overview, summarise, table
from search_quality.tasks import TASKS

DRIVER = Path(__file__).resolve().parent / "search_quality" / "ray_driver.py"
OURS = ("default", "reference")
QUICK = ("A", "C", "E")


def install(folder: Path) -> tuple[Path, str]:
    """Install ray unless it is there; return the interpreter and ray's version."""
    python = folder / "bin" / "python"
    ask = [python, "-c", "import ray; print(ray.__version__)"]
    if not python.exists():
        venv.create(folder, with_pip=True)
    if subprocess.run(ask, check=False, capture_output=True).returncode:
        print(f"installing ray in {folder} ...", file=sys.stderr, flush=True)
        command = [python, "-m", "pip", "install", "--quiet", "ray[tune]"]
        subprocess.run(command, check=True)
    found = subprocess.run(ask, check=True, capture_output=True, text=True)
    return python, found.stdout.strip()


def measure_ray(python: Path, tasks: list[str], seeds: int) -> list[Result]:
    """Run Ray on each task and seed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "runs.csv"
        command = [python, DRIVER, "--tasks", *tasks, "--seeds", str(seeds), "--out", out]
        environment = {**os.environ, "PYTHONPATH": str(DRIVER.parents[1])}  # for the tasks
        subprocess.run(command, check=True, env=environment)
        with out.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    return [_result(row) for row in rows]


def _result(row: dict[str, str]) -> Result:
    job = Job(row["task"], row["setting"], int(row["seed"]))
    return Result(job, float(row["score"]), None, float(row["budget"]), 0)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    letters = [letter for letter in TASKS if letter != "H"]  # it would need scikit-learn there
    parser.add_argument("--tasks", nargs="+", choices=letters, metavar="LETTER")
    parser.add_argument("--seeds", type=int, help="runs of each; 20 if left out")
    parser.add_argument("--quick", action="store_true", help="2 seeds of " + ", ".join(QUICK))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--venv", type=Path, help="an environment for ray, kept")
    parser.add_argument("--markdown", type=Path, help="write a table with a row a setting")
    options = parser.parse_args()
    tasks = options.tasks or (list(QUICK) if options.quick else letters)
    seeds = options.seeds or (2 if options.quick else 20)
    with tempfile.TemporaryDirectory() as folder:
        python, version = install(options.venv or Path(folder) / "venv")
        print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {platform.system()}")
        versions = f"orion-pbt {metadata.version('orion-pbt')}, ray {version}"
        print(f"versions: Python {platform.python_version()}, {versions}; seed 0")
        rays = measure_ray(python, tasks, seeds)
    ours = measure_all(make_jobs(tasks, OURS, seeds, 0), options.processes)
    rows = summarise([*ours, *rays])
    print("\n".join(table(rows)))
    for other in ("ray", "ray synch"):
        print(f"\nThe default less {other}:", *comparison(rows, "default", other), sep="\n")
    if options.markdown is not None:
        options.markdown.write_text("\n".join(overview(rows)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
