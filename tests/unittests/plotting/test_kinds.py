"""How Oríon comes to know the kinds of plots."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

from orion_pbt.plotting import kinds


def python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_oríon_knows_them_without_an_import_of_ours() -> None:
    code = (
        "import orion.plotting.base as base, sys\n"
        "print(sorted(set(base.SINGLE_EXPERIMENT_PLOTS) & set(base.PLOT_METHODS)))\n"
        "print(hasattr(base.PlotAccessor, 'lineage'), 'orion_pbt.plotting.lineage' in sys.modules)"
    )
    known, state = python(code).splitlines()
    for kind in (*kinds.KINDS, "regret", "lpi"):
        assert f"'{kind}'" in known
    assert state == "True False"


def test_they_are_there_whichever_part_of_oríons_plots_is_imported_first() -> None:
    code = "import orion.plotting.backend_plotly\nimport orion.plotting.base as base\n"
    assert python(f"{code}print('lineage' in base.PLOT_METHODS)") == "True"


def test_a_process_that_does_not_touch_oríon_runs_nothing_of_ours() -> None:
    code = "import sys\nprint([name for name in sys.modules if 'orion_pbt' in name])"
    assert python(code) == "[]"


def test_another_version_of_oríon_is_left_alone() -> None:
    kinds.register(SimpleNamespace(PLOT_METHODS={}))


def test_kinds_of_the_same_name_keep_their_method() -> None:
    class PlotAccessor:
        def lineage(self) -> str:
            return "own"

    base = SimpleNamespace(PLOT_METHODS={}, SINGLE_EXPERIMENT_PLOTS={}, PlotAccessor=PlotAccessor)
    kinds.register(base)
    assert PlotAccessor().lineage() == "own"
    assert sorted(base.PLOT_METHODS) == sorted(base.SINGLE_EXPERIMENT_PLOTS) == list(kinds.KINDS)
