"""Copying a directory in parallel, in the best way that the file system has."""

from __future__ import annotations

import errno
import functools
import logging
import os
import stat as stat_module
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from orion_pbt.checkpoints.contents import KERNEL, LINK, REFLINK, SENDFILE, Ways
from orion_pbt.checkpoints.files import Files
from orion_pbt.checkpoints.layout import is_handed_down

logger = logging.getLogger(__name__)

MODES = {
    "auto": (REFLINK, KERNEL, SENDFILE),
    "link": (LINK, REFLINK, KERNEL, SENDFILE),
    "copy": (KERNEL, SENDFILE),
}
"""How a user chooses → the ways that are tried, best first."""
THREADS = max(2, min(8, os.cpu_count() or 1))
BATCH = 64
"""Small files that one thread copies in a row."""
LARGE = 2**20
"""Bytes from which on a file is a batch of its own."""
FEW = 100
"""Up to this many files are flushed one by one, more by flushing the whole file system."""
_KIND = 0o170000
"""The bits of a mode that tell what a directory entry is."""


@dataclass(frozen=True)
class Transfer:
    """What a transfer did.

    Parameters
    ----------
    files:
        Number of files.
    size:
        Their size in bytes.
    written:
        Bytes that were written: none for hard links and reflinks, and holes do not count.
    ways:
        Way that was used (see `orion_pbt.checkpoints.contents`) → number of files.
    newest:
        When the youngest of the files was changed, in ns.
    skipped:
        Sockets, pipes and devices, which cannot be copied.
    seconds:
        How long it took, without the flush.
    flush_seconds:
        How long it took to bring it to the disk.
    """

    files: int = 0
    size: int = 0
    written: int = 0
    ways: dict[str, int] = field(default_factory=dict)
    newest: int = 0
    skipped: tuple[str, ...] = ()
    seconds: float = 0.0
    flush_seconds: float = 0.0

    def __str__(self) -> str:
        ways = ", ".join(f"{count} by {way}" for way, count in sorted(self.ways.items()))
        return (
            f"{self.files} files ({ways or 'none'}), {self.size} bytes, {self.written} of them "
            f"written, {self.seconds + self.flush_seconds:.3f} s"
        )


@dataclass
class _Inventory:
    directories: list[tuple[str, os.stat_result]] = field(default_factory=list)
    files: list[tuple[str, os.stat_result]] = field(default_factory=list)
    symlinks: list[tuple[str, os.stat_result]] = field(default_factory=list)
    second_names: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def transfer(
    source: Path,
    target: Path,
    mode: str = "auto",
    *,
    files: Files,
    flush: bool = True,
    on_progress: Callable[[], None] = lambda: None,
) -> Transfer:
    """Copy what a trial's directory hands down into an existing empty directory.

    Sparse files, symbolic links (as they are), names of one file, permissions and times are kept.
    What Oríon itself wrote, and what savers that were killed left, is not copied.

    Parameters
    ----------
    source, target:
        The directories.
    mode:
        One of `MODES`.
    files:
        Operations on the disk.
    flush:
        Whether to bring the copy to the disk before returning.
    on_progress:
        Called now and then.

    Returns
    -------
    Transfer
        The way that was used and the bytes it took.
    """
    started = time.perf_counter()
    ways = Ways(*MODES[mode], on_progress=on_progress)
    # All is read and written relative to these two, which stay the same whatever is renamed.
    source_fd = os.open(source, os.O_RDONLY | os.O_DIRECTORY)
    try:
        target_fd = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
        try:
            inventory = _take_inventory(source_fd)
            by_way, written = _copy(inventory, source_fd, target_fd, ways, files)
            copied = time.perf_counter()
            if flush:
                _flush(inventory, by_way, target, target_fd, files)
            _finish(inventory, os.fstat(source_fd), target_fd, files)
            flushed = time.perf_counter()
        finally:
            os.close(target_fd)
    finally:
        os.close(source_fd)
    warn_of_skipped(source, inventory.skipped)
    return Transfer(
        files=len(inventory.files) + len(inventory.second_names),
        size=sum(stat.st_size for _, stat in inventory.files),
        written=written,
        ways=by_way,
        newest=max((stat.st_mtime_ns for _, stat in inventory.files), default=0),
        skipped=tuple(inventory.skipped),
        seconds=copied - started,
        flush_seconds=flushed - copied,
    )


def warn_of_skipped(directory: Path, names: Sequence[str]) -> None:
    """Say what of a checkpoint is not handed down, if there is anything."""
    if names:
        logger.warning(
            "Not handed down from %s, as sockets, pipes and devices cannot be copied: %s",
            directory,
            ", ".join(names[:5]),
        )


def size_of(directory: Path) -> int:
    """Return the bytes of all files below a directory, as far as they can be looked at.

    A file with several names in there counts once, and holes do not count.
    """
    sizes: dict[tuple[int, int], int] = {}
    pending = [str(directory)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    stat = entry.stat(follow_symlinks=False)
                    if stat_module.S_ISDIR(stat.st_mode):
                        pending.append(entry.path)
                    else:
                        size = min(stat.st_size, stat.st_blocks * 512)
                        sizes[stat.st_dev, stat.st_ino] = size
        except OSError:  # it was removed meanwhile, or is another user's
            continue
    return sum(sizes.values())


def _take_inventory(source_fd: int) -> _Inventory:
    """List what is to be copied, each directory before its content."""
    inventory = _Inventory()
    first_names: dict[tuple[int, int], str] = {}
    pending = [""]
    while pending:
        above = pending.pop()
        descriptor = os.open(above or ".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=source_fd)
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    if not is_handed_down(entry.name, is_top=not above):
                        continue
                    name = above + entry.name
                    stat = entry.stat(follow_symlinks=False)
                    kind = stat.st_mode & _KIND
                    if kind == stat_module.S_IFREG:
                        if stat.st_nlink == 1 or _is_first(first_names, inventory, name, stat):
                            inventory.files.append((name, stat))
                    elif kind == stat_module.S_IFDIR:
                        inventory.directories.append((name, stat))
                        pending.append(name + "/")
                    elif kind == stat_module.S_IFLNK:
                        inventory.symlinks.append((name, stat))
                    else:
                        inventory.skipped.append(name)
        finally:
            os.close(descriptor)
    return inventory


def _is_first(
    first_names: dict[tuple[int, int], str],
    inventory: _Inventory,
    name: str,
    stat: os.stat_result,
) -> bool:
    """Whether a file was not met under another name before."""
    first = first_names.setdefault((stat.st_dev, stat.st_ino), name)
    if first != name:
        inventory.second_names.append((first, name))
    return first == name


def _copy(
    inventory: _Inventory, source_fd: int, target_fd: int, ways: Ways, files: Files
) -> tuple[dict[str, int], int]:
    """Copy all but the flush and the directories' times; return files by way, bytes written."""
    for name, _ in inventory.directories:
        files.mkdir(name, dir_fd=target_fd)
    copy = functools.partial(_link_or_copy, files) if LINK in ways else files.copy

    def run(batch: list[tuple[str, os.stat_result]]) -> list[str]:
        ways.on_progress()
        return [copy(name, stat, source_fd, target_fd, ways) for name, stat in batch]

    batches = _batches(inventory.files)
    used = [way for ways_of_batch in _run_all(run, batches) for way in ways_of_batch]
    stats = [stat for batch in batches for _, stat in batch]
    for first, name in inventory.second_names:
        files.link(first, name, target_fd, target_fd)
    for name, stat in inventory.symlinks:
        files.symlink(os.readlink(name, dir_fd=source_fd), name, stat, target_fd)
    written = [
        min(stat.st_size, stat.st_blocks * 512)
        for stat, way in zip(stats, used)
        if way not in (LINK, REFLINK)
    ]
    return dict(Counter(used)), sum(written)


def _link_or_copy(
    files: Files, name: str, stat: os.stat_result, source_fd: int, target_fd: int, ways: Ways
) -> str:
    if LINK in ways:
        try:
            files.link(name, name, source_fd, target_fd)
            return LINK
        except OSError as error:
            # EMLINK: this one file has too many names already.
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP):
                raise
            if error.errno != errno.EMLINK:
                ways.refuse(LINK)
    return files.copy(name, stat, source_fd, target_fd, ways)


def _batches(
    found: list[tuple[str, os.stat_result]],
) -> list[list[tuple[str, os.stat_result]]]:
    large = [entry for entry in found if entry[1].st_size >= LARGE]
    small = [entry for entry in found if entry[1].st_size < LARGE]
    return [[entry] for entry in large] + [
        small[start : start + BATCH] for start in range(0, len(small), BATCH)
    ]


def _run_all(
    run: Callable[[list[tuple[str, os.stat_result]]], list[str]],
    batches: list[list[tuple[str, os.stat_result]]],
) -> list[list[str]]:
    if len(batches) < 2:
        return [run(batch) for batch in batches]
    with ThreadPoolExecutor(THREADS, thread_name_prefix="checkpoint-copy") as pool:
        futures: list[Future[list[str]]] = [pool.submit(run, batch) for batch in batches]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def _flush(
    inventory: _Inventory, by_way: dict[str, int], target: Path, target_fd: int, files: Files
) -> None:
    is_linked = set(by_way) <= {LINK}  # then the files themselves are as they were
    if len(inventory.files) > FEW and not is_linked and files.flush_all(target):
        return
    for name, _ in [] if is_linked else inventory.files:
        files.flush(name, dir_fd=target_fd)
    for name, _ in reversed(inventory.directories):
        files.flush(name, dir_fd=target_fd)
    files.flush(".", dir_fd=target_fd)


def _finish(inventory: _Inventory, top: os.stat_result, target_fd: int, files: Files) -> None:
    for name, stat in reversed(inventory.directories):
        files.finish_directory(name, stat, target_fd)
    # The top keeps its own times: it is a new trial's.
    os.chmod(target_fd, top.st_mode & 0o7777 | 0o700)
