"""Trap 11: a script that restores its checkpoint and goes on with the old hyperparameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest

import orion_pbt
from orion_pbt.applied import asking, check_applied
from orion_pbt.errors import ReportError

ASKED = {"/lr": 0.1, "batch": 32, "kind": "adam", "layers": [1, 2], "nesterov": True}


@pytest.fixture
def asked() -> Iterator[None]:
    """Ask for some hyperparameters."""
    with asking(ASKED):
        yield


@pytest.mark.parametrize(
    "applied",
    [
        {},
        {"lr": 0.1},
        {"/lr": 0.1, "batch": 32, "kind": "adam", "layers": [1, 2], "nesterov": True},
        {"lr": numpy.float32(0.1), "batch": numpy.int64(32), "layers": numpy.array([1, 2])},
        {"batch": 32.0, "layers": (1, 2)},
    ],
)
@pytest.mark.usefixtures("asked")
def test_what_was_asked_is_fine(applied: dict[str, Any]) -> None:
    check_applied(applied)


@pytest.mark.parametrize(
    ("applied", "told"),
    [
        ({"lr": 0.2}, r"lr = 0.2, and was asked to use 0.1"),
        ({"lr": float("nan")}, "lr = nan"),
        ({"lr": None}, "lr = None"),
        ({"batch": 31}, "batch = 31"),
        ({"kind": "sgd"}, "kind = 'sgd', and was asked to use 'adam'"),
        ({"layers": [1, 3]}, "layers = "),
        ({"layers": [1]}, "layers = "),
        ({"nesterov": 1}, "nesterov = 1, and was asked to use True"),
        ({"lr": 0.2, "batch": 1}, "lr = 0.2.*; batch = 1"),
        ({"rate": 0.1}, "no such hyperparameter. It has lr, batch"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_anything_else_is_an_error_that_names_both(applied: dict[str, Any], told: str) -> None:
    with pytest.raises(ReportError, match=told):
        check_applied(applied)


@pytest.mark.parametrize(("asks", "used"), [(1e-13, 1.5e-13), (0.0, 1e-13), (1e-13, 0.0)])
def test_the_smallest_numbers_are_told_apart_too(asks: float, used: float) -> None:
    with asking({"/lr": asks}):
        check_applied({"lr": asks})
        with pytest.raises(ReportError, match="lr = "):
            check_applied({"lr": used})


@pytest.mark.usefixtures("asked")
def test_it_can_be_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORION_PBT_APPLIED", "warn")
    with pytest.warns(UserWarning, match="lr = 0.2, and was asked"):
        check_applied({"lr": 0.2})


def test_without_a_worker_nothing_is_checked() -> None:
    check_applied({"lr": 0.2})


def test_a_script_is_asked_by_its_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    results.write_text("")
    monkeypatch.setenv("ORION_RESULTS_PATH", str(results))
    monkeypatch.setenv("ORION_PBT_PARAMS", json.dumps(ASKED))
    with pytest.raises(ReportError, match="lr = 0.2, and was asked"):
        orion_pbt.report_objective(1.0, applied={"lr": 0.2})
    assert results.read_text() == ""
    orion_pbt.report_objective(1.0, applied={"lr": 0.1})
    assert json.loads(results.read_text())[0]["value"] == 1.0


class Optimiser:
    """Keeps its learning rate in its state, as those of the frameworks do."""

    def __init__(self, lr: float) -> None:
        self.lr = lr


def forgets(lr: float, epochs: int, checkpoint_dir: Path) -> float:
    optimiser = Optimiser(lr)
    saved = checkpoint_dir / "optimiser"
    if saved.exists():
        optimiser.lr = float(saved.read_text())  # the mistake
    saved.write_text(repr(optimiser.lr))
    orion_pbt.check_applied({"lr": optimiser.lr})
    return optimiser.lr


def test_trap_11_the_learning_rate_in_a_saved_optimiser_is_caught(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="broken trials"):
        orion_pbt.workon(
            forgets,
            {"lr": "loguniform(1e-3, 1)", "epochs": "fidelity(1, 5, base=1)"},
            algorithms={"pbt": {"population_size": 4, "generations": 4, "seed": 1}},
            working_dir=tmp_path,
            progress=False,
            max_broken=1,
        )
