"""The command line of a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from orion_pbt.cli.checks.base import OK, PROBLEM, WARNING
from orion_pbt.cli.checks.script import check_script

GOOD = "from orion_pbt import report_objective, saved_checkpoint\nreport_objective(1.0)\n"
ARGUMENTS = ("--lr~loguniform(1e-5, 1)", "--epochs~fidelity(1, 9)")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verdicts(*words: str) -> dict[str, str]:
    return {check.name: check.verdict for check in check_script(words)}


def test_all_is_in_order(folder: Path) -> None:
    (folder / "train.py").write_text(GOOD)
    assert verdicts("python", "-u", "train.py", *ARGUMENTS) == {
        "script is started by": OK,
        "fidelity": OK,
        "script": OK,
        "script reports": OK,
        "script keeps weights": OK,
    }


def test_a_program_that_is_not_there(folder: Path) -> None:
    (check,) = check_script(["no-such-program", *ARGUMENTS])
    assert (check.verdict, check.found) == (PROBLEM, "there is no no-such-program")


def test_a_script_that_cannot_be_executed(folder: Path) -> None:
    (folder / "train.py").write_text(GOOD)
    (check,) = check_script(["./train.py", *ARGUMENTS])
    assert check.verdict == PROBLEM
    assert check.remedy == "chmod +x ./train.py, or name an interpreter."
    (folder / "train.py").chmod(0o755)
    assert verdicts("./train.py", *ARGUMENTS)["script"] == OK


def test_a_script_that_is_not_there(folder: Path) -> None:
    assert verdicts("python", "train.py", *ARGUMENTS)["script"] == PROBLEM


def test_a_module_is_not_looked_into(folder: Path) -> None:
    found = verdicts("python", "-m", "package.train", *ARGUMENTS)
    assert found == {"script is started by": OK, "fidelity": OK, "script": OK}


def test_a_script_that_does_not_report_or_save(folder: Path) -> None:
    (folder / "train.py").write_text("print('hello')\n")
    found = verdicts("python", "train.py", *ARGUMENTS)
    assert (found["script reports"], found["script keeps weights"]) == (WARNING, WARNING)
    told = verdicts("python", "train.py", "--dir", "{trial.working_dir}", *ARGUMENTS)
    assert told["script keeps weights"] == OK


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((), "priors"), (("--lr~uniform(0, 1)",), "fidelity")],
)
def test_priors_that_are_missing(folder: Path, arguments: tuple[str, ...], name: str) -> None:
    (folder / "train.py").write_text(GOOD)
    assert verdicts("python", "train.py", *arguments)[name] == WARNING


def test_a_binary_is_not_looked_into(folder: Path) -> None:
    (folder / "train").write_bytes(b"\x7fELF\0\0")
    (folder / "train").chmod(0o755)
    assert verdicts("./train", *ARGUMENTS)["script"] == OK
