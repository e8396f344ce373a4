"""orion-pbt checkpoints."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orion_pbt.cli.main import main

Run = Callable[..., str]


@pytest.fixture
def directory(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of the experiment's directory, with a checkpoint that nothing needs."""
    copy = tmp_path / "copy"
    shutil.copytree(trained, copy)
    return copy


def where(directory: Path) -> list[str]:
    return [
        *("--name", "exp", "--storage", str(directory / "pbt.db")),
        *("--working-dir", str(directory)),
    ]


def add_needless(directory: Path, run: Run) -> str:
    """Bring back a checkpoint that the collector removed."""
    rows = json.loads(run("tree", "--format", "json"))
    root = next(row["id"] for row in rows if row["generation"] == 0)
    (directory / root).mkdir()
    (directory / root / "weight").write_text("x" * 1234)
    return str(root)


def test_each_checkpoint_is_listed_with_why_it_is_kept(run: Run) -> None:
    table = run("checkpoints")
    assert "it is the best" in table
    assert "it is the end of its line" in table
    assert table.splitlines()[-1].endswith("0 of them, 0 B, can go")
    entries = json.loads(run("checkpoints", "--format", "json"))
    assert all(entry["stays"] and Path(entry["path"]).is_dir() for entry in entries)


def test_nothing_goes_unless_it_is_agreed_to(
    run: Run, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needless = add_needless(directory, run)
    assert main(["checkpoints", *where(directory), "--collect"]) == 1
    told = capsys.readouterr()
    assert "1 of them, 1.23 kB, can go" in told.out
    assert "Nothing was removed. Give --yes" in told.err
    assert (directory / needless).is_dir()


@pytest.mark.parametrize(("answer", "goes"), [("y", True), ("", False), ("no", False)])
def test_on_a_terminal_it_asks(
    run: Run, directory: Path, monkeypatch: pytest.MonkeyPatch, answer: str, goes: bool
) -> None:
    needless = add_needless(directory, run)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert main(["checkpoints", *where(directory), "--collect"]) == (not goes)
    assert (directory / needless).is_dir() is not goes


def test_what_goes_is_removed_and_the_rest_stays(
    run: Run, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name for path in directory.iterdir() if path.is_dir()}
    needless = add_needless(directory, run)
    assert main(["checkpoints", *where(directory), "--collect", "--yes"]) == 0
    assert "removed 1 checkpoints, 1.23 kB" in capsys.readouterr().err
    assert {path.name for path in directory.iterdir() if path.is_dir()} == before
    assert needless not in before


def test_a_quota_lets_go_of_all_but_the_best(run: Run, directory: Path) -> None:
    assert main(["checkpoints", *where(directory), "--collect", "--yes", "--quota", "1B"]) == 0
    left = [path for path in directory.iterdir() if (path / "weight").exists()]
    assert len(left) == 1
    assert left[0].name == json.loads(run("best", "--format", "json"))[0]["id"]


def test_a_directory_that_is_gone_is_told(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = [*where(directory)[:-1], str(directory / "nowhere")]
    assert main(["checkpoints", *moved]) == 1
    assert "--working-dir DIRECTORY" in capsys.readouterr().err


def test_a_quota_that_is_none_is_told(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["checkpoints", *where(directory), "--quota", "much"]) == 1
    assert "--quota is 'much', but it is a size" in capsys.readouterr().err
