"""What a trial finds in its directory."""

from __future__ import annotations

import os

import pytest

from orion_pbt.checkpoints import DirectoryStore, Start, Workspace
from orion_pbt.checkpoints.layout import HIDDEN
from orion_pbt.errors import CheckpointError
from orion_pbt.testing.checkpoints import make_checkpoint, tree


@pytest.fixture
def store(tmp_path):
    make_checkpoint(tmp_path / "exp" / "parent")
    return DirectoryStore(tmp_path / "exp")


@pytest.fixture
def workspace(store):
    return Workspace(store)


def child(store, **changes):
    values = {
        "key": "child",
        "owner": "exp",
        "registered": "at noon",
        "parent": "parent",
        "fetch": lambda directory, on_progress: store.get("parent", directory, on_progress),
    }
    return Start(**{**values, **changes})


def root(**changes):
    return Start(**{"key": "root", "owner": "exp", "registered": "at noon", **changes})


def test_a_root_starts_empty(workspace):
    prepared = workspace.prepare(root())
    assert tree(prepared.path) == {}
    assert not prepared.resumed


def test_a_child_starts_from_its_parent(workspace, store, tmp_path):
    prepared = workspace.prepare(child(store))
    assert tree(prepared.path) == tree(tmp_path / "exp" / "parent")
    assert prepared.transfer.files == 4


@pytest.mark.parametrize("start", [child, lambda store: root()])
def test_an_interrupted_trial_goes_on_with_its_own(workspace, store, start):
    path = workspace.prepare(start(store)).path
    (path / "model.bin").write_text("mine")
    prepared = workspace.prepare(start(store))
    assert prepared.resumed
    assert (path / "model.bin").read_text() == "mine"


@pytest.mark.parametrize("start", [child, lambda store: root()])
def test_a_broken_trial_starts_again(workspace, store, start):
    path = workspace.prepare(start(store)).path
    before = tree(path)
    (path / "rubbish").write_text("rubbish")
    workspace.mark_broken(path.name)
    prepared = workspace.prepare(start(store))
    assert not prepared.resumed
    assert tree(prepared.path) == before
    assert workspace.prepare(start(store)).resumed


def test_a_broken_trial_without_room_for_the_note(workspace, store, monkeypatch, caplog):
    path = workspace.prepare(root()).path
    (path / "rubbish").write_text("rubbish")

    def write(record):
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr(store.records, "write", write)
        workspace.mark_broken("root")
    assert "no room" in caplog.text
    assert tree(workspace.prepare(root()).path) == {}


def test_what_the_user_put_there_for_a_root_is_used(workspace, tmp_path):
    make_checkpoint(tmp_path / "exp" / "root")
    prepared = workspace.prepare(root())
    assert prepared.resumed
    assert "model.bin" in tree(prepared.path)


def test_what_nobody_can_vouch_for_is_set_aside(workspace, store, tmp_path, caplog):
    half = tmp_path / "exp" / "child"
    half.mkdir()
    (half / "half").touch()
    prepared = workspace.prepare(child(store))
    assert tree(prepared.path) == tree(tmp_path / "exp" / "parent")
    (kept,) = (tmp_path / "exp").glob("child.found-*")
    assert (kept / "half").exists()
    assert str(kept) in caplog.text


def test_an_earlier_life_of_the_experiment_is_replaced(workspace, store):
    path = workspace.prepare(root()).path
    (path / "trained").touch()
    prepared = workspace.prepare(root(registered="at one"))
    assert tree(prepared.path) == {}


def test_another_experiment_is_not_touched(workspace, store):
    path = workspace.prepare(root()).path
    (path / "trained").touch()
    with pytest.raises(CheckpointError, match="'exp'.*'other'.*working_dir"):
        workspace.prepare(root(owner="other"))
    assert (path / "trained").exists()


def test_an_exchanged_directory_is_not_trusted_and_not_lost(workspace, store, tmp_path, caplog):
    """As after a move of the experiment to another file system."""
    path = workspace.prepare(child(store)).path
    path.rename(tmp_path / "elsewhere")
    path.mkdir()
    (path / "half").touch()
    assert tree(workspace.prepare(child(store)).path) == tree(tmp_path / "exp" / "parent")
    (kept,) = (tmp_path / "exp").glob("child.found-*")
    assert (kept / "half").exists()
    assert str(kept) in caplog.text


def test_a_lost_or_newer_record(workspace, store, tmp_path):
    path = workspace.prepare(child(store)).path
    record = tmp_path / "exp" / HIDDEN / "records" / "child.json"
    for text in ("", "[]", '{"schema": 99}', '{"schema": 1, "key": "child", "new": 1}'):
        record.write_text(text)
        assert store.records["child"] is None
    assert tree(workspace.prepare(child(store)).path) == tree(tmp_path / "exp" / "parent")
    assert path.exists()


def test_two_workers_with_one_trial(workspace, store, tmp_path):
    """A lost trial is prepared by its old and its new worker at once: the first one counts."""
    first = []

    def fetch(directory, on_progress):
        if not first:
            first.append(True)
            path = workspace.prepare(child(store)).path
            (path / "begun").touch()
        return store.get("parent", directory, on_progress)

    prepared = workspace.prepare(child(store, fetch=fetch))
    assert prepared.resumed
    assert (prepared.path / "begun").exists()
    assert workspace.prepare(child(store)).resumed
    assert not list((tmp_path / "exp" / HIDDEN / "stage").iterdir())


@pytest.mark.parametrize("name", ["child", "parent"])
def test_links_out_of_the_experiment_are_refused(workspace, store, tmp_path, name):
    outside = make_checkpoint(tmp_path / "outside")
    before = tree(outside)
    place = tmp_path / "exp" / name
    if place.exists():
        place.rename(tmp_path / "moved")
    place.symlink_to(outside)
    with pytest.raises(CheckpointError, match="symbolic link"):
        workspace.prepare(child(store))
    with pytest.raises(CheckpointError, match="symbolic link"):
        store.remove(name)
    assert tree(outside) == before


def test_a_file_in_the_way(workspace, store, tmp_path):
    (tmp_path / "exp" / "child").touch()
    with pytest.raises(CheckpointError, match="is a file"):
        workspace.prepare(child(store))


def test_the_size_is_noted(workspace, store):
    path = workspace.prepare(root()).path
    (path / "model.bin").write_bytes(b"x" * 1000)
    workspace.mark_completed("root")
    record = store.records["root"]
    assert (record.state, record.bytes) == ("completed", 1000)
    assert record.inode == os.stat(path).st_ino
    assert workspace.prepare(root()).resumed  # the storage did not hear that it was completed
