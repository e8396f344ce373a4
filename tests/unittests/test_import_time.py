"""A script pays for ``import orion_pbt`` in every trial, so it stays cheap."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

IMPORTS = ["import orion_pbt", "from orion_pbt import report_objective"]
HEAVY = {"orion", "numpy", "scipy", "pandas", "sklearn", "plotly", "yaml"}
LIMIT_S = 0.050


def cpu_seconds(code):
    """Return the processor time of an interpreter that runs the code.

    Unlike time on the clock, it does not grow while the interpreter waits for a processor.
    """
    child = subprocess.Popen([sys.executable, "-c", code])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize("code", IMPORTS)
def test_loads_no_heavy_module(code):
    # A .pth file of the environment may load modules at start; those are not ours.
    code = f"import sys; before = set(sys.modules); {code}; print(*set(sys.modules) - before)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = {name.split(".")[0] for name in out.stdout.split()}
    assert "orion_pbt" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("code", IMPORTS)
def test_is_fast(code):
    for _ in range(2):
        cpu_seconds(code)  # compile the modules, fill the file cache
    pairs = [(cpu_seconds("pass"), cpu_seconds(code)) for _ in range(7)]
    bare, ours = (min(times) for times in zip(*pairs))
    assert ours - bare < LIMIT_S, f"{ours - bare:.3f} s above the interpreter's {bare:.3f} s"
