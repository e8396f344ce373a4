"""orion-pbt copy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orion_pbt.cli.main import main
from orion_pbt.storage import SQL

Run = Callable[..., str]


def test_what_was_copied_is_told_and_there(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    assert json.loads(run("copy", "--to", target, "--format", "json")) == [
        {"name": "exp", "version": 1, "trials": 12}
    ]
    assert main(["tree", "--name", "exp", "--storage", str(target)]) == 0


def test_to_move_is_to_remove_what_was_copied(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = str(tmp_path / "source.db"), str(tmp_path / "target.pkl")
    assert main(["copy", "-n", "exp", "--storage", str(trained / "pbt.db"), "--to", source]) == 0
    assert main(["copy", "-n", "exp", "--storage", source, "--to", target, "--move"]) == 0
    assert main(["tree", "-n", "exp", "--storage", target]) == 0
    assert main(["tree", "-n", "exp", "--storage", source]) == 1
    shutil.rmtree(tmp_path)


def test_a_move_that_was_killed_is_finished_by_the_same_command(
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dying(*_args: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    source, target = str(tmp_path / "source.db"), str(tmp_path / "target.db")
    assert main(["copy", "-n", "exp", "--storage", str(trained / "pbt.db"), "--to", source]) == 0
    move = ["copy", "-n", "exp", "--storage", source, "--to", target, "--move"]
    with monkeypatch.context() as patch:
        patch.setattr(SQL, "delete_experiment", dying)  # after the trials were deleted
        assert main(move) == 130
    capsys.readouterr()
    assert main(move) == 0
    assert "exp: copied before, and removed now" in capsys.readouterr().err
    storage = SQL(f"sqlite:///{source}")
    assert storage.fetch_experiments({}) == []
    storage.close()
    assert main(["tree", "-n", "exp", "--storage", target]) == 0
    assert main(move) == 1
    assert "has no experiment 'exp'" in capsys.readouterr().err


def test_an_experiment_that_is_there_is_told(
    run: Run, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--name", "exp", "--storage", str(trained / "pbt.db")]
    assert main(["copy", *where, "--to", str(trained / "pbt.db")]) == 1
    assert "has an experiment exp-v1 already" in capsys.readouterr().err
