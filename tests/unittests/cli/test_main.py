"""The program: its errors and its help."""

from __future__ import annotations

from pathlib import Path

import pytest

from orion_pbt.cli.main import COMMANDS, main


def test_an_experiment_that_is_not_there_is_told(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tree", "--name", "other", "--storage", str(trained / "pbt.db")]) == 1
    assert "No experiment with given name 'other'" in capsys.readouterr().err


def test_no_name_is_told(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tree", "--storage", str(trained / "pbt.db")]) == 1
    assert capsys.readouterr().err.startswith("orion-pbt: No name")


def test_a_storage_of_another_kind_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tree", "--name", "exp", "--storage", "mysql://host/name"]) == 1
    assert "'mysql://host/name', but it is the URL of a SQLite" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    first_line = (COMMANDS[name].__doc__ or "").splitlines()[0]
    assert first_line in capsys.readouterr().out
