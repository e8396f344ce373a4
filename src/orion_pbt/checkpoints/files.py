"""The operations that leave a trace on a disk, in one place.

The stores do nothing to a disk but through an instance of this class, so that a test can fail any
one of them, or end the world after it: see `orion_pbt.testing.checkpoints`.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from pathlib import Path
from typing import Union

from orion_pbt.checkpoints.contents import Ways, copy_content

PathLike = Union[str, Path]


_HAS_ATTRIBUTES = hasattr(os, "listxattr")


class Files:
    """Operations on a disk. Those with a ``dir_fd`` take a name relative to that directory."""

    def mkdir(self, path: PathLike, dir_fd: int | None = None) -> None:
        """Make a directory, with those above if no ``dir_fd`` is given; it may exist."""
        with contextlib.suppress(FileExistsError):
            if dir_fd is None:
                Path(path).mkdir(parents=True)
            else:
                os.mkdir(path, 0o700, dir_fd=dir_fd)

    def copy(
        self, name: str, stat: os.stat_result, source_fd: int, target_fd: int, ways: Ways
    ) -> str:
        """Copy the content, the permissions and the times of a file; return the way it went."""
        source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=source_fd)
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
            target = os.open(name, flags, 0o600, dir_fd=target_fd)
            try:
                way = copy_content(source, target, stat, ways)
                os.fchmod(target, stat.st_mode & 0o7777)
                if _HAS_ATTRIBUTES:
                    _copy_attributes(source, target)
                os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            finally:
                os.close(target)
        finally:
            os.close(source)
        return way

    def link(self, name: str, new: str, source_fd: int, target_fd: int) -> None:
        """Give a file a second name."""
        os.link(name, new, src_dir_fd=source_fd, dst_dir_fd=target_fd, follow_symlinks=False)

    def symlink(self, destination: str, name: str, stat: os.stat_result, target_fd: int) -> None:
        """Make a symbolic link, with the times of another."""
        os.symlink(destination, name, dir_fd=target_fd)
        times = (stat.st_atime_ns, stat.st_mtime_ns)
        os.utime(name, ns=times, dir_fd=target_fd, follow_symlinks=False)

    def finish_directory(self, name: str, stat: os.stat_result, target_fd: int) -> None:
        """Give a directory the permissions and the times of another, once its content is there."""
        os.chmod(name, stat.st_mode & 0o7777, dir_fd=target_fd)
        os.utime(name, ns=(stat.st_atime_ns, stat.st_mtime_ns), dir_fd=target_fd)

    def flush(self, path: PathLike, dir_fd: int | None = None) -> None:
        """Bring a file or a directory to the disk."""
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=dir_fd)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some network file systems have no such thing for a directory.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(descriptor)

    def flush_all(self, path: PathLike) -> bool:
        """Bring the whole file system of a path to the disk; False where that is not possible."""
        syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        if syncfs is None:
            return False
        descriptor = os.open(path, os.O_RDONLY)
        try:
            if syncfs(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(path))
        finally:
            os.close(descriptor)
        return True

    def write(self, path: PathLike, text: str) -> None:
        """Write a small file."""
        Path(path).write_text(text, encoding="utf8")

    def touch(self, path: PathLike) -> None:
        """Set the times of a file to those of the file system's clock."""
        os.utime(path)

    def rename(self, old: PathLike, new: PathLike) -> None:
        """Rename a file or a directory, also one that nobody may write to."""
        try:
            os.rename(old, new)
        except PermissionError:
            if not os.path.isdir(old):
                raise
            os.chmod(old, 0o700)
            os.rename(old, new)

    def unlink(self, path: PathLike) -> None:
        """Remove a file, unless it is gone."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def remove_tree(self, path: PathLike) -> None:
        """Remove a directory and all in it, as far as it is still there, however deep it is."""
        directories = []
        pending = [str(path)]
        while pending:
            directories.append(pending.pop())
            pending += _empty(directories[-1])
        for directory in reversed(directories):
            with contextlib.suppress(FileNotFoundError):
                os.rmdir(directory)


def _empty(directory: str) -> list[str]:
    """Remove all in a directory but the directories; return those."""
    below = []
    try:
        if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
            os.chmod(directory, 0o700)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:  # another process was faster
        return []
    try:
        with os.scandir(descriptor) as entries:
            for entry in list(entries):
                if entry.is_dir(follow_symlinks=False):
                    below.append(os.path.join(directory, entry.name))
                else:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(entry.name, dir_fd=descriptor)
    finally:
        os.close(descriptor)
    return below


def _copy_attributes(source: int, target: int) -> None:
    """Copy extended attributes as far as the file systems have and allow them."""
    if not _HAS_ATTRIBUTES:
        return
    try:
        for name in os.listxattr(source):
            os.setxattr(target, name, os.getxattr(source, name))
    except OSError:
        pass
