"""Directories are copied as they are, in the best way that the file system has."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest

from orion_pbt.checkpoints import contents
from orion_pbt.checkpoints.files import Files
from orion_pbt.checkpoints.transfer import FEW, size_of, transfer
from orion_pbt.errors import CheckpointError
from orion_pbt.testing.checkpoints import CountingFiles, make_checkpoint, tree


@pytest.fixture
def source(tmp_path):
    return make_checkpoint(tmp_path / "source")


@pytest.fixture
def target(tmp_path):
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def run(source, target, mode="auto", **options):
    return transfer(source, target, mode, files=Files(), **options)


def test_all_is_kept(source, target):
    os.link(source / "model.bin", source / "second name")
    os.utime(source / "layers", ns=(2 * 10**18, 2 * 10**18))
    os.utime(source / "latest", ns=(3 * 10**18, 3 * 10**18), follow_symlinks=False)
    (source / "layers" / "deep").chmod(0o500)
    moved = run(source, target)
    assert tree(target) == tree(source)
    for path in source.rglob("*"):
        copy = target / path.relative_to(source)
        assert copy.lstat().st_mode == path.lstat().st_mode
        assert copy.lstat().st_mtime_ns == path.lstat().st_mtime_ns
    assert (target / "second name").samefile(target / "model.bin")
    assert moved.files == 5
    (source / "layers" / "deep").chmod(0o700)
    (target / "layers" / "deep").chmod(0o700)


def test_large_directories_are_copied_in_parallel(tmp_path, target):
    source = tmp_path / "many"
    for number in range(500):
        path = source / f"{number % 7}" / f"{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(number * 20))
    (source / "large").write_bytes(os.urandom(3 * 2**20))
    moved = run(source, target)
    assert tree(target) == tree(source)
    assert moved.files == 501
    assert sum(moved.ways.values()) == 501
    assert moved.size == sum(number * 20 for number in range(500)) + 3 * 2**20


@pytest.mark.parametrize("mode", ["auto", "copy"])
@pytest.mark.parametrize("way", [contents.KERNEL, contents.SENDFILE, contents.PLAIN])
def test_holes_stay_holes(tmp_path, target, mode, way, monkeypatch):
    source = tmp_path / "sparse"
    source.mkdir()
    for name, parts in {"a": [(0, b"x" * 5000), (2**22, b"end")], "b": []}.items():
        with (source / name).open("wb") as file:
            for offset, content in parts:
                file.seek(offset)
                file.write(content)
            file.truncate(2**23)
    only(monkeypatch, way)
    moved = run(source, target, mode)
    assert tree(target) == tree(source)
    assert moved.written < 2**20
    for name in "ab":
        assert (target / name).stat().st_blocks * 512 < 2**20


@pytest.fixture
def nothing_is_small(monkeypatch):
    """Let small files go the way of large ones."""
    monkeypatch.setattr(contents, "SMALL", -1)


def only(monkeypatch, way):
    """Let the other ways fail as where a file system does not have them."""

    def refused(*args):
        raise OSError(errno.EXDEV, "not here")

    monkeypatch.setattr(fcntl, "ioctl", refused)
    ways = {name: refused for name in contents._COPIERS if name != way}
    monkeypatch.setattr(contents, "_COPIERS", {**contents._COPIERS, **ways})


@pytest.mark.usefixtures("nothing_is_small")
@pytest.mark.parametrize("way", [contents.KERNEL, contents.SENDFILE, contents.PLAIN])
def test_falls_back_and_says_how(source, target, way, monkeypatch):
    (source / "large").write_bytes(os.urandom(5 * 2**20 + 7))
    only(monkeypatch, way)
    monkeypatch.setattr(contents, "CHUNK", 2**20)
    moved = run(source, target)
    # An empty file has nothing that a way could refuse.
    assert moved.ways[way] >= 4
    assert tree(target) == tree(source)


@pytest.mark.usefixtures("nothing_is_small")
def test_reflinks_where_the_file_system_can(source, target, monkeypatch):
    def clone(new, request, old):
        assert request == contents.FICLONE
        os.write(new, os.pread(old, 10**6, 0))

    monkeypatch.setattr(fcntl, "ioctl", clone)
    moved = run(source, target)
    assert moved.ways == {contents.REFLINK: 4}
    assert moved.written == 0
    assert tree(target) == tree(source)


def test_hard_links_fall_back_to_a_copy(source, target, monkeypatch):
    def refused(*args, **options):
        raise OSError(errno.EXDEV, "another file system")

    monkeypatch.setattr(os, "link", refused)
    moved = run(source, target, "link")
    assert contents.LINK not in moved.ways
    assert not (target / "model.bin").samefile(source / "model.bin")


def test_what_cannot_be_copied_is_told(source, target, caplog):
    os.mkfifo(source / "pipe")
    assert run(source, target).skipped == ("pipe",)
    assert f"Not handed down from {source}, as sockets" in caplog.text
    assert caplog.text.rstrip().endswith(": pipe")


def test_the_size_is_what_is_on_the_disk(tmp_path):
    (tmp_path / "weights").write_bytes(b"x" * 10**6)
    os.link(tmp_path / "weights", tmp_path / "latest")
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(10**9)
    assert size_of(tmp_path) == 10**6


def test_leftovers_are_not_handed_down(source, target):
    before = tree(source)
    for name in ("trial_abcd_e12.conf", "results_abcd_e12.log", "results_abcd_e12.log.77"):
        (source / name).touch()
    leftover = source / "layers" / ".model.bin.saving-0123456789abcdef"
    leftover.mkdir()
    (leftover / "model.bin").touch()
    run(source, target)
    assert tree(target) == before


def test_names_like_oríons_are_handed_down(source, target):
    for name in ("trial_7.conf", "results_of_training.log", "layers/trial_abcd_e12.conf"):
        (source / name).touch()
    run(source, target)
    assert tree(target) == tree(source)


@pytest.mark.usefixtures("nothing_is_small")
def test_a_file_that_shrinks_is_no_copy(source, target, monkeypatch):
    monkeypatch.setattr(contents, "_segments", lambda source, stat: [(0, stat.st_size + 1)])
    with pytest.raises(CheckpointError, match="must not change"):
        run(source, target, "copy")


@pytest.mark.usefixtures("nothing_is_small")
@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_that_changes_is_no_reflink(source, target, monkeypatch, change):
    def clone(new, request, old):
        os.ftruncate(new, os.fstat(old).st_size + change)

    (source / "layers" / "deep" / "nothing").unlink()
    monkeypatch.setattr(fcntl, "ioctl", clone)
    with pytest.raises(CheckpointError, match="must not change"):
        run(source, target)


@pytest.mark.parametrize("count", [1, FEW + 1])
def test_all_is_flushed(tmp_path, target, count):
    source = tmp_path / "few"
    (source / "below").mkdir(parents=True)
    for number in range(count):
        (source / "below" / f"{number}").write_text("x")
    files = CountingFiles()
    transfer(source, target, files=files)
    assert files.steps.count("flush_all") == (count > FEW)
    assert files.steps.count("flush") == (0 if count > FEW else count + 2)
    files = CountingFiles()
    (tmp_path / "second").mkdir()
    transfer(source, tmp_path / "second", files=files, flush=False)
    assert not {"flush", "flush_all"} & set(files.steps)
