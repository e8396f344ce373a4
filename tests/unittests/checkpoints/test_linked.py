"""A script that changes hard-linked files in place is noticed, and no other one."""

from __future__ import annotations

import os

import pytest

from orion_pbt.checkpoints import DirectoryStore, linked
from orion_pbt.checkpoints.workspace import Start, Workspace


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path, "link", flush=False)


@pytest.fixture
def child(store, tmp_path):
    """Return the directory of a trial that shares a file of two names with its parent."""
    (tmp_path / "parent").mkdir()
    old = tmp_path / "parent" / "ckpt-1"
    old.write_text("1")
    os.utime(old, (10**9, 10**9))
    os.link(old, tmp_path / "parent" / "latest")
    start = Start("child", parent="parent", fetch=lambda d, _: store.get("parent", d))
    return Workspace(store).prepare(start).path


def test_a_new_file_of_two_names_is_shared_with_nobody(store, child):
    (child / "ckpt-2").write_text("2")
    (child / "latest").unlink()
    (child / "below").mkdir()
    os.link(child / "ckpt-2", child / "below" / "latest")
    assert linked.check(store, "child") == []
    assert not linked.are_forbidden(store)


def test_a_shared_file_of_two_names_is_noticed(store, child):
    with (child / "latest").open("a") as file:
        file.write("2")
    assert sorted(linked.check(store, "child")) == ["ckpt-1", "latest"]
    assert linked.are_forbidden(store)
