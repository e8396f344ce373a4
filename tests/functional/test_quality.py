"""The benchmark of search quality, as a user runs it."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(folder, *arguments):
    command = [sys.executable, str(ROOT / "benchmarks" / "quality.py"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_it_prints_the_table_and_writes_both_files(tmp_path):
    settings = ["default", "reference", "random"]
    done = run(
        tmp_path,
        *("--tasks", "C", "D", "--settings", *settings, "--seeds", "6", "--processes", "2"),
        *("--csv", "runs.csv", "--plot", "quality.html"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "seed 0" in done.stdout
    assert "machine: " in done.stdout
    assert "\nD noisy quadratic: target 2.4, limit 2.464, 6 seeds\n" in done.stdout
    found = re.findall(r"^  (\w+) +(\d+\.\d+)  \[", done.stdout, re.M)
    assert [name for name, _ in found] == settings * 2
    scores = [float(score) for _, score in found]
    assert scores[2] < scores[0] < 110  # of C: the default is better than random
    assert scores[5] < scores[3] < 2.464  # of D
    with (tmp_path / "runs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 3 * 6
    assert {row["budget"] for row in rows} == {"1.0000"}
    assert (tmp_path / "quality.html").exists()
    assert "36 of 36 runs" in done.stderr


def test_a_setting_that_is_not_there_is_named(tmp_path):
    done = run(tmp_path, "--settings", "nonsense")
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "'default'" in done.stderr or "default" in done.stderr
