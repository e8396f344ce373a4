"""Schedules as Python functions: they are run, and compared with the schedule."""

from __future__ import annotations

import math
import runpy
import subprocess
import sys

import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.schedules import FidelitySchedule, Stretch, path_of
from orion_pbt.schedules.export import fits_of, to_fitted_source, to_source
from orion_pbt.space import Categorical, Integer, Real, Space

SPACE = Space(
    [
        Real("/lr", low=1e-5, high=1, log=True),
        Real("/momentum", (2,), low=0, high=1),
        Integer("/layers", low=1, high=8),
        Categorical("/act", choices=("relu", None, (1, 2), 'say "\\n"')),
        Categorical("/flag", (2,), choices=(True, 1, 1.0)),
    ]
)
POINTS = (
    (0.1, [0.5, 0.25], 8, "relu", [True, 1]),
    (0.1, [0.5, 0.25], 8, "relu", [True, 1]),
    (0.05, [0.75, 0.25], 6, None, [1, 1]),
    (0.025, [1.0, 0.25], 3, (1, 2), [1.0, 1]),
    (1 / 3, [0.0, 0.25], 1, 'say "\\n"', [1.0, 1]),
)


def make(*points, schedule):
    """Return the stretches of one line that was trained so."""
    lineages = Lineages()
    for generation, values in enumerate(points):
        parent = str(generation - 1) if generation else None
        lineages.add(Member(str(generation), dict(zip(SPACE, values)), generation, parent))
    return path_of(lineages, str(len(points) - 1), schedule)


SCHEDULES = [FidelitySchedule(1, 5, 4), FidelitySchedule(7, 90, 4), FidelitySchedule(1, 900, 4, 10)]


def load(tmp_path, source):
    path = tmp_path / "exported.py"
    path.write_text(source, encoding="utf8")
    return runpy.run_path(str(path))["schedule"]


def fidelities(schedule):
    """Return all whole fidelities, and some in between."""
    for fidelity in range(1, schedule.high + 1):
        yield from (fidelity - 0.75, fidelity - 1e-9, fidelity)


def stretch_at(stretches, fidelity):
    (found,) = [s for s in stretches if s.start_fidelity < fidelity <= s.end_fidelity]
    return found


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["each", "linear", "log"])
def test_the_function_gives_what_was_trained_with_at_each_fidelity(tmp_path, schedule):
    stretches = make(*POINTS, schedule=schedule)
    function = load(tmp_path, to_source(stretches, "Origin."))
    for fidelity in fidelities(schedule):
        expected = stretch_at(stretches, fidelity).params
        assert repr(function(fidelity)) == repr(
            {name.lstrip("/"): value for name, value in expected.items()}
        )


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["each", "linear", "log"])
def test_the_fitted_function_gives_the_nearest_formula(tmp_path, schedule):
    stretches = make(*POINTS, schedule=schedule)
    function = load(tmp_path, to_fitted_source(stretches, SPACE, "Origin."))
    fits = {name: made for name, made in fits_of(stretches, SPACE).items() if made}
    assert set(fits) == {"lr", "momentum[0]", "momentum[1]", "layers"}
    for fidelity in fidelities(schedule):
        found = function(fidelity)
        expected = stretch_at(stretches, fidelity).params
        assert found["lr"] == fits["lr"][0](fidelity)
        assert found["momentum"] == [fits[f"momentum[{i}]"][0](fidelity) for i in (0, 1)]
        assert found["layers"] == fits["layers"][0](fidelity)
        assert type(found["layers"]) is int
        assert repr(found["act"]) == repr(expected["/act"])
        assert repr(found["flag"]) == repr(expected["/flag"])


@pytest.mark.parametrize("fitted", [False, True])
def test_outside_there_is_no_answer(tmp_path, fitted):
    stretches = make(*POINTS, schedule=SCHEDULES[1])
    source = to_fitted_source(stretches, SPACE, "") if fitted else to_source(stretches, "")
    function = load(tmp_path, source)
    for fidelity in (0, -1, 90.0001, math.inf, math.nan):
        with pytest.raises(ValueError, match=f"fidelity is {fidelity}, but .* at most 90"):
            function(fidelity)


def test_each_call_gives_values_of_its_own(tmp_path):
    function = load(tmp_path, to_source(make(*POINTS, schedule=SCHEDULES[0]), ""))
    function(1)["momentum"].append("changed")
    assert function(1)["momentum"] == [0.5, 0.25]


def test_the_docstring_says_where_it_comes_from(tmp_path):
    origin = 'The schedule of "a\\n" of """exp""" ' + "and so on " * 20 + "at last."
    function = load(tmp_path, to_source(make(*POINTS, schedule=SCHEDULES[0]), origin))
    assert " ".join(origin.split()) in " ".join(function.__doc__.split())
    assert max(map(len, function.__doc__.splitlines())) <= 100


def test_it_needs_nothing_but_python(tmp_path):
    stretches = make(*POINTS, schedule=SCHEDULES[1])
    for source in (to_source(stretches, ""), to_fitted_source(stretches, SPACE, "")):
        program = source + "\nprint(schedule(1)['layers'])\n"
        run = subprocess.run(
            [sys.executable, "-I", "-S", "-"], input=program, capture_output=True, text=True
        )
        assert (run.stderr, run.returncode) == ("", 0)
        assert int(run.stdout) in range(1, 9)


def test_what_python_cannot_write_is_refused():
    stretches = [Stretch(0, 0, 0, 1, {"/act": object}, ("a",))]
    with pytest.raises(ConfigurationError, match="Hyperparameter act is .*another format"):
        to_source(stretches, "")
