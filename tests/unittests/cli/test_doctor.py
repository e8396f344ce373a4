"""orion-pbt doctor."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orion_pbt.cli.checks.base import OK, PROBLEM, Check, guarded, ok, problem, warning
from orion_pbt.cli.doctor import format_checks
from orion_pbt.cli.main import main

Run = Callable[..., str]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the tests of other parts are told."""
    monkeypatch.delenv("ORION_PBT_TEST_POSTGRESQL", raising=False)


def test_an_experiment_in_order(run: Run, trained: Path) -> None:
    checks = {row["name"]: row for row in json.loads(run("doctor", "--format", "json"))}
    assert {row["name"] for row in checks.values() if row["verdict"] == PROBLEM} == set()
    assert checks["experiment"]["found"] == "exp-v1"
    assert checks["trials"]["found"] == "12 completed; it is done"
    assert checks["working directory"]["found"] == str(trained)
    assert checks["needed checkpoints"]["verdict"] == OK


def test_without_a_name(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--storage", str(trained / "pbt.db")]) == 0
    told = capsys.readouterr().out
    assert "\nok       storage is written " in told
    assert "experiment" not in told.splitlines()[-5]
    assert told.splitlines()[-1].endswith(", 0 problems")


def test_an_experiment_that_is_not_there_yet(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--name", "new", "--storage", str(trained / "pbt.db")]) == 0
    assert "new is not there; the first run makes it" in capsys.readouterr().out


def test_nothing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--name", "exp", "--storage", str(tmp_path / "pbt.db")]) == 0
    assert list(tmp_path.iterdir()) == []
    assert "the first run makes it" in capsys.readouterr().out


def test_a_problem_is_the_exit_code(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORION_PBT_CHECKPOINT_BEST", "3")
    assert main(["doctor", "--storage", str(trained / "pbt.db"), "--format", "csv"]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    (told,) = [row for row in rows if row["verdict"] == PROBLEM]
    assert told["name"] == "ORION_PBT_CHECKPOINT_BEST"
    assert told["remedy"] == "Did you mean ORION_PBT_CHECKPOINTS_BEST?"


def test_a_storage_that_cannot_be_read_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pbt.db").write_text("this is no database " * 100)
    assert main(["doctor", "--storage", str(tmp_path / "pbt.db")]) == 1
    told = capsys.readouterr().out
    assert "\nPROBLEM  storage " in told
    assert "file is not a database" in told
    assert "working directory" in told  # the other topics are looked at all the same


@pytest.mark.parametrize("dashes", [["--"], []])
def test_a_script(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], dashes: list[str]
) -> None:
    script = tmp_path / "train.py"
    script.write_text("print('hello')\n")
    words = ["python", str(script), "--lr~uniform(0, 1)", "--name", "--format"]
    checks = json.loads(run("doctor", "--format", "json", *dashes, *words))
    found = {row["name"]: row["found"] for row in checks}
    assert found["script"] == str(script)
    assert found["fidelity"] == "none on the command line"
    assert found["experiment"] == "exp-v1"


class TestFindings:
    def test_an_error_ends_one_topic_only(self) -> None:
        def checks() -> Any:
            yield ok("one", "fine")
            raise RuntimeError("it\n  exploded")

        assert list(guarded("topic", checks)) == [
            Check("one", "ok", "fine"),
            Check(
                "topic",
                "problem",
                "it exploded",
                "Look at what the message names, and run the doctor again.",
            ),
        ]

    def test_what_to_do_is_below_what_was_found(self) -> None:
        checks = [ok("a", "fine"), warning("bcd", "slow", "Hurry."), problem("e", "no", "Yes.")]
        assert format_checks(checks).splitlines() == [
            "ok       a    fine",
            "warning  bcd  slow",
            "              → Hurry.",
            "PROBLEM  e    no",
            "              → Yes.",
            "1 ok, 1 warnings, 1 problems",
        ]
