"""Replace a file so that a reader sees the old one or the new one, and never a part.

A saver works in a staging directory of its own beside the final file, hence on the same file
system, and commits by one rename. It holds a lock in there, which the kernel drops with the
process. So a staging directory that nobody locks was left by a saver that died, whatever its host
or process id, and the next saving of the same file removes it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from orion_pbt.errors import ReportError

_LOCK = ".orion-pbt-lock"


@contextlib.contextmanager
def replacing(final: Path) -> Iterator[Path]:
    """Yield where to write the new content of ``final``, and commit it when the block ends.

    Parameters
    ----------
    final: pathlib.Path
        The file to create or to replace. Its directory exists.

    Yields
    ------
    pathlib.Path
        A path that does not exist yet. Its name is the one of ``final``, because some writers
        choose the format by the suffix.

    Raises
    ------
    ReportError
        If the block wrote anything but one file at that path. Whenever an exception leaves the
        block, ``final`` stays as it was.

    """
    import shutil

    _sweep(final)
    stage, lock = _claim(final)
    try:
        path = stage / final.name
        yield path
        _require_one_file(path)
        _sync(path)
        os.replace(path, final)
        # The rename holds for every reader already. This makes it outlive a power cut, and some
        # network file systems refuse it.
        with contextlib.suppress(OSError):
            _sync(final.parent)
    finally:
        os.close(lock)
        shutil.rmtree(stage, ignore_errors=True)


def _prefix(final: Path) -> str:
    return f".{final.name}.saving-"


def _claim(final: Path) -> tuple[Path, int]:
    """Make a staging directory and lock it; return both."""
    while True:
        stage = final.with_name(_prefix(final) + os.urandom(8).hex())
        stage.mkdir()
        # Between any two of these calls another saver may take the directory, not locked yet, for
        # a dead one's and remove it. Then start again.
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(stage / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            if _try_lock(lock) is not False and os.fstat(lock).st_nlink > 0:
                return stage, lock
            os.close(lock)


def _sweep(final: Path) -> None:
    """Remove what dead savers of ``final`` left behind."""
    import shutil

    for stage in final.parent.iterdir():
        if not stage.name.startswith(_prefix(final)):
            continue
        try:
            lock = os.open(stage / _LOCK, os.O_RDWR)
        except OSError:
            # Killed between making the directory and the lock, so it is empty. If it is not, it is
            # not ours to remove.
            with contextlib.suppress(OSError):
                stage.rmdir()
            continue
        try:
            # Without locks nobody can tell who lives, and then nothing is removed.
            if _try_lock(lock):
                shutil.rmtree(stage, ignore_errors=True)
        finally:
            os.close(lock)


def _try_lock(descriptor: int) -> bool | None:
    """Return whether the lock was taken, or None where the file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EAGAIN, errno.EACCES) else None
    return True


def _require_one_file(path: Path) -> None:
    written = sorted(entry for entry in os.listdir(path.parent) if entry != _LOCK)
    if written == [path.name] and path.is_file():
        return
    if path.is_dir():
        remedy = "Pack a directory into one file, for example with shutil.make_archive."
    elif len(written) == 1:
        remedy = f"If the writer adds a suffix, use name={written[0]!r}."
    else:
        remedy = "Write to the path that the with statement gives, and nothing beside it."
    raise ReportError(
        f"A checkpoint is one file, here {path.name!r}, but the block wrote {written}"
        f"{' (a directory)' if path.is_dir() else ''}. The checkpoint saved before, if any, "
        f"is still there. {remedy}"
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
