"""A contract suite for checkpoint stores, and disks that fail or die at a chosen step.

Derive your tests from `CheckpointStoreContract` and give it a fixture ``store``::

    class TestMyStore(CheckpointStoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            return MyStore(tmp_path / "store")
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from orion_pbt.checkpoints.base import CheckpointStore
from orion_pbt.checkpoints.contents import Ways
from orion_pbt.checkpoints.files import Files
from orion_pbt.errors import CheckpointError

STEPS = (
    "mkdir",
    "copy",
    "link",
    "symlink",
    "finish_directory",
    "flush",
    "flush_all",
    "write",
    "touch",
    "rename",
    "unlink",
    "remove_tree",
)
"""The methods of `Files`; each call is a step."""


class Killed(BaseException):
    """The process was killed: nothing that it would have done later happens."""


class CountingFiles(Files):
    """Counts the steps.

    Attributes
    ----------
    steps: list of str
        The names of the steps so far.
    """

    def __init__(self) -> None:
        self.steps: list[str] = []
        self._lock = threading.Lock()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in STEPS:
            return found

        def step(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                self.steps.append(name)
                number = len(self.steps)
            return self.take(number, name, found, *args, **kwargs)

        return step

    def take(self, number: int, name: str, step: Any, *args: Any, **kwargs: Any) -> Any:
        """Take a step; a class derived from this one may do something else."""
        return step(*args, **kwargs)


class FailingFiles(CountingFiles):
    """Fails once, at one step.

    Parameters
    ----------
    at:
        Number of the step, from 1.
    number:
        The error's, by default that of a full disk.
    """

    def __init__(self, at: int, number: int = errno.ENOSPC) -> None:
        super().__init__()
        self._at = at
        self._number = number

    def take(self, number: int, name: str, step: Any, *args: Any, **kwargs: Any) -> Any:
        """See `CountingFiles.take`."""
        if number == self._at:
            raise OSError(self._number, os.strerror(self._number))
        return step(*args, **kwargs)


class DyingFiles(CountingFiles):
    """Dies in the middle of one step, and takes no other one after it.

    Parameters
    ----------
    at:
        Number of the step, from 1.
    """

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    def take(self, number: int, name: str, step: Any, *args: Any, **kwargs: Any) -> Any:
        """See `CountingFiles.take`."""
        if number < self._at:
            return step(*args, **kwargs)
        if number == self._at and name == "copy":
            _copy_half(*args)
        if number == self._at and name == "write":
            Path(args[0]).write_text(args[1][: len(args[1]) // 2], encoding="utf8")
        if number == self._at and name == "remove_tree":
            _remove_half(Path(args[0]))
        raise Killed(f"at step {number}, {name}")


def _copy_half(name: str, stat: os.stat_result, source_fd: int, target_fd: int, ways: Ways) -> None:
    source = os.open(name, os.O_RDONLY, dir_fd=source_fd)
    target = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=target_fd)
    os.write(target, os.read(source, stat.st_size // 2))
    os.close(source)
    os.close(target)


def _remove_half(directory: Path) -> None:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    for path in files[: (len(files) + 1) // 2]:
        path.unlink()


def tree(directory: Path) -> dict[str, Any]:
    """Return what is below a directory: name → content, link's destination, or None."""
    found: dict[str, Any] = {}
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        if path.is_symlink():
            found[name] = "→ " + os.readlink(path)
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    return found


def make_checkpoint(directory: Path, text: str = "weights") -> Path:
    """Make a directory with all that a checkpoint may consist of; return it."""
    (directory / "layers" / "deep").mkdir(parents=True)
    (directory / "empty").mkdir()
    (directory / "model.bin").write_text(text, encoding="utf8")
    (directory / "layers" / "a b é").write_bytes(os.urandom(3000))
    (directory / "layers" / "deep" / "nothing").touch()
    (directory / "latest").symlink_to("model.bin")
    (directory / "run.sh").write_text("#!/bin/sh\n", encoding="utf8")
    (directory / "run.sh").chmod(0o750)
    os.utime(directory / "model.bin", ns=(10**18, 10**18))
    return directory


class CheckpointStoreContract:
    """What every checkpoint store has to do."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> CheckpointStore:
        """Return an empty store."""
        raise NotImplementedError

    @pytest.fixture
    def checkpoint(self, tmp_path: Path) -> Path:
        """Return a directory to be kept."""
        return make_checkpoint(tmp_path / "checkpoint")

    def got(self, store: CheckpointStore, key: str, directory: Path) -> Path:
        """Return a new directory with a checkpoint."""
        directory.mkdir()
        store.get(key, directory)
        return directory

    def test_gives_back_what_it_keeps(
        self, store: CheckpointStore, checkpoint: Path, tmp_path: Path
    ) -> None:
        moved = store.put("a", checkpoint)
        assert moved.files == 4
        copy = self.got(store, "a", tmp_path / "copy")
        assert tree(copy) == tree(checkpoint)
        assert (copy / "run.sh").stat().st_mode & 0o777 == 0o750
        assert (copy / "model.bin").stat().st_mtime_ns == 10**18

    def test_lists_and_measures(self, store: CheckpointStore, checkpoint: Path) -> None:
        assert list(store.keys()) == []
        store.put("b", checkpoint)
        store.put("a", checkpoint)
        assert sorted(store.keys()) == ["a", "b"]
        sizes = [path.lstat().st_size for path in checkpoint.rglob("*") if path.is_file()]
        assert store.size("a") >= sum(sizes) - len("model.bin") * 2
        assert store.size("c") == 0

    def test_what_is_kept_does_not_change(
        self, store: CheckpointStore, checkpoint: Path, tmp_path: Path
    ) -> None:
        store.put("a", checkpoint)
        before = tree(checkpoint)
        (checkpoint / "model.bin").unlink()
        (checkpoint / "model.bin").write_text("other", encoding="utf8")
        copy = self.got(store, "a", tmp_path / "copy")
        assert tree(copy) == before

    def test_keeps_anew(self, store: CheckpointStore, checkpoint: Path, tmp_path: Path) -> None:
        store.put("a", checkpoint)
        other = make_checkpoint(tmp_path / "other", "others")
        (other / "more").touch()
        store.put("a", other)
        assert tree(self.got(store, "a", tmp_path / "copy")) == tree(other)
        assert list(store.keys()) == ["a"]

    def test_removes(self, store: CheckpointStore, checkpoint: Path, tmp_path: Path) -> None:
        store.put("a", checkpoint)
        assert store.remove("a")
        assert list(store.keys()) == []
        assert not store.remove("a")
        with pytest.raises(CheckpointError):
            self.got(store, "a", tmp_path / "copy")
        store.put("a", checkpoint)
        assert tree(self.got(store, "a", tmp_path / "again")) == tree(checkpoint)

    def test_knows_nothing_of_what_it_was_not_given(
        self, store: CheckpointStore, tmp_path: Path
    ) -> None:
        with pytest.raises(CheckpointError):
            self.got(store, "a", tmp_path / "copy")

    def test_does_not_hand_down_what_oríon_wrote(
        self, store: CheckpointStore, checkpoint: Path, tmp_path: Path
    ) -> None:
        before = tree(checkpoint)
        (checkpoint / "trial_ab_3defg.conf").touch()
        (checkpoint / "results_ab_3defg.log").touch()
        store.put("a", checkpoint)
        assert tree(self.got(store, "a", tmp_path / "copy")) == before

    @pytest.mark.parametrize("key", ["", ".", "..", "../a", "/a", "a/b", ".hidden", "a\0b", "a\\b"])
    def test_refuses_keys_that_lead_elsewhere(
        self, store: CheckpointStore, checkpoint: Path, key: str
    ) -> None:
        for use in (
            lambda: store.put(key, checkpoint),
            lambda: store.get(key, checkpoint),
            lambda: store.remove(key),
            lambda: store.size(key),
        ):
            with pytest.raises(CheckpointError, match="directory"):
                use()

    def test_many_at_once(self, store: CheckpointStore, tmp_path: Path) -> None:
        """Whoever reads while another writes gets one checkpoint or the other, or an error."""
        versions = [make_checkpoint(tmp_path / f"v{number}", f"{number}") for number in range(2)]
        expected = [tree(version) for version in versions]
        store.put("a", versions[0])

        def write() -> None:
            for number in range(10):
                store.put("a", versions[number % 2])

        def read(reader: int) -> list[dict[str, Any]]:
            copies = []
            for number in range(10):
                with contextlib.suppress(CheckpointError):  # it was replaced while it was read
                    copies.append(tree(self.got(store, "a", tmp_path / f"{reader}-{number}")))
            return copies

        with ThreadPoolExecutor() as pool:
            writing = pool.submit(write)
            readers = [pool.submit(read, reader) for reader in range(2)]
            writing.result()
            for reader in readers:
                assert all(copy in expected for copy in reader.result())
