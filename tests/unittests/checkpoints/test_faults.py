"""A disk that fails, or a process that dies, at any step leaves nothing half done."""

from __future__ import annotations

import contextlib
import errno

import pytest

from orion_pbt.checkpoints import DirectoryStore, Start, Workspace
from orion_pbt.checkpoints.claims import Claims
from orion_pbt.checkpoints.layout import HIDDEN
from orion_pbt.errors import CheckpointError
from orion_pbt.testing.checkpoints import (
    CountingFiles,
    DyingFiles,
    FailingFiles,
    Killed,
    make_checkpoint,
    tree,
)

LEFTOVERS = ["claims", "stage", "trash"]


class Case:
    """A parent that is completed, and a child to be prepared from it."""

    def __init__(self, root, mode="auto"):
        self.root = root
        self.mode = mode
        self.before = tree(make_checkpoint(root / "parent"))

    def store(self, files):
        return DirectoryStore(self.root, self.mode, files=files)

    def prepare(self, files=None):
        store = self.store(CountingFiles() if files is None else files)
        start = Start(
            "child",
            "exp",
            "now",
            "parent",
            lambda directory, on_progress: store.get("parent", directory, on_progress),
        )
        return Workspace(store).prepare(start)

    def begin_and_break(self):
        """Let a first attempt of the child train and fail."""
        path = self.prepare().path
        (path / "model.bin").unlink()
        (path / "model.bin").write_text("rubbish")
        (path / "more").touch()
        Workspace(self.store(CountingFiles())).mark_broken("child")

    def is_clean(self):
        return not any(
            list((self.root / HIDDEN / name).iterdir())
            for name in LEFTOVERS
            if (self.root / HIDDEN / name).exists()
        )


@pytest.fixture
def nobody_lives(monkeypatch):
    """Take each claim for one of a dead process, once the test has killed its own."""

    def die():
        monkeypatch.setattr("orion_pbt.checkpoints.claims._is_alive", lambda pid: False)

    return die


def steps_of(case, act):
    files = CountingFiles()
    act(case, files)
    return len(files.steps)


def prepare(case, files):
    case.prepare(files)


def prepare_again(case, files):
    case.begin_and_break()
    case.prepare(files)


def remove(case, files):
    case.store(files).remove("parent")


def put(case, files):
    case.store(files).put("other", case.root / "parent")


def all_steps(act, mode="auto"):
    """Return one parameter for each step that an action takes."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        count = steps_of(Case(Path(folder) / "exp", mode), act)
    return [
        pytest.param(act, mode, at, id=f"{act.__name__}-{mode}-{at}") for at in range(1, count + 1)
    ]


STAGING = [*all_steps(prepare), *all_steps(prepare_again), *all_steps(prepare, "link")]


@pytest.mark.parametrize(("act", "mode", "at"), STAGING)
def test_killed_at_any_step_the_next_attempt_starts_clean(tmp_path, nobody_lives, act, mode, at):
    case = Case(tmp_path / "exp", mode)
    with contextlib.suppress(Killed):  # in a thread it ends in the one that waits for it
        act(case, DyingFiles(at))
    assert tree(case.root / "parent") == case.before
    nobody_lives()
    prepared = case.prepare()
    assert tree(prepared.path) == case.before
    assert tree(case.root / "parent") == case.before
    case.store(CountingFiles()).sweep()
    case.store(CountingFiles()).claims.living()
    assert case.is_clean()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize(("act", "mode", "at"), STAGING)
def test_a_disk_that_fails_breaks_the_trial_and_nothing_else(tmp_path, act, mode, at, number):
    case = Case(tmp_path / "exp", mode)
    try:
        act(case, FailingFiles(at, number))
    except CheckpointError as error:
        told = str(error)
    else:
        told = "failed, and it did not matter"
    assert "No room" in told or "failed" in told
    assert tree(case.root / "parent") == case.before
    assert tree(case.prepare().path) == case.before
    case.store(CountingFiles()).sweep()


@pytest.mark.parametrize(("act", "mode", "at"), all_steps(remove))
def test_killed_while_collecting(tmp_path, nobody_lives, act, mode, at):
    case = Case(tmp_path / "exp")
    with contextlib.suppress(Killed):
        act(case, DyingFiles(at))
    nobody_lives()
    store = case.store(CountingFiles())
    if "parent" in store.keys():  # noqa: SIM118
        assert tree(case.root / "parent") == case.before
        assert store.remove("parent")
    store.sweep()
    assert store.keys() == []
    store.claims.living()
    assert case.is_clean()


@pytest.mark.parametrize(("act", "mode", "at"), all_steps(put))
def test_killed_while_keeping(tmp_path, nobody_lives, act, mode, at):
    case = Case(tmp_path / "exp")
    with contextlib.suppress(Killed):
        act(case, DyingFiles(at))
    nobody_lives()
    store = case.store(CountingFiles())
    if "other" in store.keys():  # noqa: SIM118
        assert tree(case.root / "other") == case.before
    store.put("other", case.root / "parent")
    assert tree(case.root / "other") == case.before


def test_living_processes_are_left_alone(tmp_path):
    case = Case(tmp_path / "exp")
    store = case.store(CountingFiles())
    with store.staging() as claim:
        stage = store.layout.stage / claim.token
        assert case.store(CountingFiles()).sweep() == []
        assert stage.is_dir()
    assert not stage.exists()
    assert case.is_clean()


def test_a_copy_in_progress_holds_its_source(tmp_path):
    case = Case(tmp_path / "exp")

    class Collecting(CountingFiles):
        """Collects the parent before, and in the middle of, each step of the copy."""

        removed: list[bool]

        def take(self, number, name, step, *args, **kwargs):
            if name in ("copy", "symlink", "finish_directory"):
                self.removed.append(DirectoryStore(case.root).remove("parent"))
            return step(*args, **kwargs)

    files = Collecting()
    files.removed = []
    prepared = case.prepare(files)
    assert files.removed
    assert not any(files.removed)
    assert tree(prepared.path) == case.before
    assert DirectoryStore(case.root).remove("parent")


def test_a_collector_that_was_faster_puts_back(tmp_path):
    """The copy begins after the collector looked, and before it takes the name away."""
    case = Case(tmp_path / "exp")
    claims = Claims(case.root / HIDDEN / "claims", CountingFiles())
    held = contextlib.ExitStack()

    class Racing(CountingFiles):
        def take(self, number, name, step, *args, **kwargs):
            if name == "rename" and str(args[0]).endswith("parent"):
                held.enter_context(claims.claim(held="parent"))
            return step(*args, **kwargs)

    with held:
        assert not case.store(Racing()).remove("parent")
        assert tree(case.root / "parent") == case.before
    assert case.store(CountingFiles()).remove("parent")


def test_what_cannot_be_swept_is_in_nobodys_way(tmp_path, caplog):
    case = Case(tmp_path / "exp")
    left = case.root / HIDDEN / "trash" / "0123456789abcdef"
    left.mkdir(parents=True)

    class Stuck(CountingFiles):
        def take(self, number, name, step, *args, **kwargs):
            if name == "remove_tree":
                raise PermissionError(errno.EACCES, "it is another user's")
            return step(*args, **kwargs)

    assert tree(case.prepare(Stuck()).path) == case.before
    assert "it is another user's" in caplog.text
