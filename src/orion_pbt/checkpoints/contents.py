"""Copying the content of one file in the best way that its file system has."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from typing import Callable

from orion_pbt.errors import CheckpointError

REFLINK = "reflink"
"""The file system shares the blocks of both files until one of them is changed; no byte moves."""
LINK = "hard link"
"""Both names are one file."""
KERNEL = "copy_file_range"
"""The kernel, or the server of a network file system, copies."""
SENDFILE = "sendfile"
"""The kernel copies, between any two file systems."""
PLAIN = "read and write"
"""The bytes pass through this process."""

FICLONE = 0x40049409
"""``_IOW(0x94, 9, int)`` of Linux' ``fs.h``."""
SMALL = 2**16
"""Up to this many bytes are read and written at once: one call each is the fastest there is."""
CHUNK = 64 * 2**20
"""Bytes between two signs of life while a large file is copied."""
_CANNOT = {
    errno.EBADF,
    errno.EINVAL,
    errno.ENOSYS,
    errno.ENOTTY,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.EXDEV,
    errno.ETXTBSY,
    errno.EISDIR,
}


class Ways:
    """The ways that may be tried, best first; one that was refused is not tried again.

    Parameters
    ----------
    names:
        Which ways are allowed, in order; `PLAIN` always is, as the last.
    on_progress:
        Called now and then while a copy goes on.
    """

    def __init__(self, *names: str, on_progress: Callable[[], None] = lambda: None) -> None:
        self._names = [*names, PLAIN]
        self._refused: set[str] = set()
        self.on_progress = on_progress

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if name not in self._refused)

    def refuse(self, name: str) -> None:
        """Do not try a way again."""
        self._refused.add(name)


def copy_content(source: int, target: int, stat: os.stat_result, ways: Ways) -> str:
    """Copy the content of an open file into an empty one and return the way that was used.

    Holes stay holes.

    Raises
    ------
    CheckpointError
        If the source changes its size meanwhile.
    OSError
        If the content cannot be read or written, e.g. because the disk is full.
    """
    size = stat.st_size
    if size <= SMALL and stat.st_blocks * 512 >= size:
        content = os.read(source, size + 1)
        if len(content) == size and os.write(target, content) == size:
            return PLAIN
        os.ftruncate(target, 0)
    for way in ways:
        try:
            if way == REFLINK:
                _clone(source, target, stat)
            elif way != LINK:
                _copy_segments(_COPIERS[way], source, target, stat, ways.on_progress)
            else:
                continue
            return way
        except OSError as error:
            if way == PLAIN or error.errno not in _CANNOT:
                raise
            ways.refuse(way)
            os.ftruncate(target, 0)
    raise AssertionError("the plain way is always there")


def _clone(source: int, target: int, stat: os.stat_result) -> None:
    fcntl.ioctl(target, FICLONE, source)
    copied = os.fstat(target).st_size
    if copied != stat.st_size:
        raise _has_changed(stat, copied)


def _copy_segments(
    copy: Callable[[int, int, int, int], int],
    source: int,
    target: int,
    stat: os.stat_result,
    on_progress: Callable[[], None],
) -> None:
    for start, end in _segments(source, stat):
        while start < end:
            copied = copy(source, target, min(end - start, CHUNK), start)
            if copied == 0:
                raise _has_changed(stat, start)
            start += copied
            if start < end:
                on_progress()
    os.ftruncate(target, stat.st_size)


def _has_changed(stat: os.stat_result, copied: int) -> CheckpointError:
    return CheckpointError(
        f"A file of {stat.st_size} bytes had {copied} when it was copied. The files of a completed "
        "trial must not change; is another program writing to them?"
    )


def _is_sparse(stat: os.stat_result) -> bool:
    return stat.st_blocks * 512 < stat.st_size


def _segments(source: int, stat: os.stat_result) -> list[tuple[int, int]]:
    """Return where the data of a file are, as pairs of first byte and end."""
    size = stat.st_size
    if not _is_sparse(stat) or not hasattr(os, "SEEK_DATA"):
        return [(0, size)] if size else []
    segments = []
    end = 0
    while end < size:
        try:
            start = os.lseek(source, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole is left
                break
            return [(0, size)]
        end = min(os.lseek(source, start, os.SEEK_HOLE), size)
        segments.append((start, end))
    return segments


def _copy_in_kernel(source: int, target: int, count: int, offset: int) -> int:
    if not hasattr(os, "copy_file_range"):
        raise OSError(errno.ENOSYS, "no copy_file_range")
    return os.copy_file_range(source, target, count, offset, offset)


def _send(source: int, target: int, count: int, offset: int) -> int:
    os.lseek(target, offset, os.SEEK_SET)
    return os.sendfile(target, source, offset, count)


def _read_and_write(source: int, target: int, count: int, offset: int) -> int:
    return os.pwrite(target, os.pread(source, min(count, 2**20), offset), offset)


_COPIERS = {KERNEL: _copy_in_kernel, SENDFILE: _send, PLAIN: _read_and_write}
