"""The working directory."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from orion_pbt.cli.checks import directory
from orion_pbt.cli.checks.base import OK, PROBLEM, WARNING, Check
from orion_pbt.cli.checks.directory import check_directory
from orion_pbt.cli.checks.file_systems import FileSystem


def check(path: Any, needed: int = 0, *, is_shared: bool = False) -> dict[str, Check]:
    found = check_directory(None if path is None else str(path), needed, is_shared=is_shared)
    return {check.name: check for check in found}


@pytest.fixture(autouse=True)
def on_a_local_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "file_system_of", lambda path: FileSystem("ext4", "/"))


def test_all_is_in_order(tmp_path: Path) -> None:
    found = check(tmp_path)
    assert {check.verdict for check in found.values()} == {OK}
    assert list(found) == [
        "working directory",
        "free space",
        "file system of checkpoints",
        "copies on write",
    ]
    assert os.listdir(tmp_path) == []


def test_none_is_a_warning() -> None:
    (told,) = check(None).values()
    assert told.verdict == WARNING
    assert "--working-dir" in told.remedy


def test_one_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = check(tmp_path / "a" / "b")
    assert found["working directory"].verdict == OK
    assert os.listdir(tmp_path) == []


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert check(tmp_path / "file")["working directory"].verdict == PROBLEM


def test_a_relative_one_is_another_for_each_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = check("trials")["working directory"]
    assert told.verdict == WARNING
    assert str(tmp_path / "trials") in told.remedy


def test_one_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    assert check(tmp_path)["working directory"].verdict == PROBLEM


@pytest.mark.parametrize(
    ("free", "needed", "verdict"), [(10**8, 0, WARNING), (10**10, 2 * 10**10, PROBLEM)]
)
def test_a_disk_that_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, needed: int, verdict: str
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=free))
    assert check(tmp_path, needed)["free space"].verdict == verdict


@pytest.mark.parametrize(
    ("kind", "is_shared", "verdict"),
    [
        ("ext4", False, OK),
        ("ext4", True, WARNING),
        ("nfs4", True, OK),
        ("tmpfs", False, WARNING),
    ],
)
def test_who_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, is_shared: bool, verdict: str
) -> None:
    monkeypatch.setattr(directory, "file_system_of", lambda path: FileSystem(kind, "/data"))
    told = check(tmp_path, is_shared=is_shared)["file system of checkpoints"]
    assert told.verdict == verdict


def test_with_an_object_store_hosts_need_share_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORION_PBT_CHECKPOINTS_STORE", "s3://bucket")
    assert check(tmp_path, is_shared=True)["file system of checkpoints"].verdict == OK
