"""Directories that scripts left in a strange state can be renamed and removed."""

from __future__ import annotations

import os
import sys

import pytest

from orion_pbt.checkpoints.files import Files


@pytest.fixture
def common_user(monkeypatch):
    """Let the modes of directories count for everybody."""
    rename, access = os.rename, os.access

    def may_write(path):
        return bool(os.stat(path).st_mode & 0o200)

    def checked_rename(old, new):
        if not may_write(old):
            raise PermissionError(13, "Permission denied")
        rename(old, new)

    monkeypatch.setattr(os, "rename", checked_rename)
    monkeypatch.setattr(os, "access", lambda path, mode: access(path, mode) and may_write(path))


@pytest.mark.usefixtures("common_user")
def test_a_directory_that_nobody_may_write_to(tmp_path):
    (tmp_path / "old" / "below").mkdir(parents=True)
    (tmp_path / "old" / "below" / "file").touch()
    (tmp_path / "old" / "below").chmod(0o500)
    (tmp_path / "old").chmod(0o555)
    Files().rename(tmp_path / "old", tmp_path / "new")
    assert not (tmp_path / "old").exists()
    Files().remove_tree(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("common_user")
def test_a_file_that_nobody_may_write_to(tmp_path):
    (tmp_path / "old").touch(0o400)
    with pytest.raises(PermissionError):
        Files().rename(tmp_path / "old", tmp_path / "new")
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o400


def test_a_deep_directory_is_removed(tmp_path):
    (tmp_path / "top").mkdir()
    above = os.open(tmp_path / "top", os.O_RDONLY)
    for _ in range(sys.getrecursionlimit() + 100):
        os.mkdir("d", dir_fd=above)
        below = os.open("d", os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(above)
    Files().remove_tree(tmp_path / "top")
    assert not (tmp_path / "top").exists()


def test_what_links_lead_to_stays(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "directory").symlink_to(tmp_path / "other")
    (tmp_path / "top" / "file").symlink_to(tmp_path / "other" / "file")
    Files().remove_tree(tmp_path / "top")
    assert not (tmp_path / "top").exists()
    assert (tmp_path / "other" / "file").exists()
