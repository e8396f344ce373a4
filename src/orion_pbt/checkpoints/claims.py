"""What a process is doing in an experiment's directory, told to the others.

A claim is a small file that a process makes before it copies or removes something and takes away
afterwards. No lock is needed: who finds a claim leaves alone what it names, and what is left of a
dead process is known by its claim being stale. A claim is stale when its process is gone, which
can be told on the same host, or when it gave no sign of life for `STALE_AFTER` seconds by the clock
of the file system, so that the hosts' clocks do not matter.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import math
import os
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orion_pbt.checkpoints.files import Files

STALE_AFTER = 900.0
"""Seconds without a sign of life after which a process on another host is taken for dead."""
RENEW_EVERY = 20.0
"""Seconds between two signs of life."""
_NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{12}-\d+-.*")


@dataclass(frozen=True)
class Claim:
    """What some process is doing.

    Parameters
    ----------
    token:
        Unique name.
    held:
        Key of the checkpoint that must stay while this goes on, if any.
    """

    token: str
    held: str | None


class Claims:
    """The claims in one experiment's directory.

    Parameters
    ----------
    directory:
        Where they are; made with the first one.
    files:
        Operations on the disk.
    """

    def __init__(self, directory: Path, files: Files) -> None:
        self._directory = directory
        self._files = files

    @contextlib.contextmanager
    def claim(self, held: str | None = None) -> Iterator[OwnClaim]:
        """Hold a claim while the block runs."""
        token = os.urandom(8).hex()
        # All it says is in its name, so that it is there wholly or not at all.
        path = self._directory / f"{token}-{_host()}-{os.getpid()}-{held or ''}"
        self._files.mkdir(self._directory)
        self._files.write(path, "")
        try:
            yield OwnClaim(token, path, self._files)
        finally:
            self._files.unlink(path)

    def living(self) -> list[Claim]:
        """Return the claims of living processes; take away those of dead ones."""
        claims = []
        now: float | None = None
        for name in self._listed():
            token, host, pid, held = name.split("-", 3)
            path = self._directory / name
            if host == _host():
                is_stale = not _is_alive(int(pid))
            else:
                now = self._file_system_time() if now is None else now
                is_stale = now - _written(path) > STALE_AFTER
            if is_stale:
                self._files.unlink(path)
            else:
                claims.append(Claim(token, held or None))
        return claims

    def _listed(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._directory) if _NAME.fullmatch(name)]
        except FileNotFoundError:
            return []

    def _file_system_time(self) -> float:
        path = self._directory / f".now-{os.urandom(8).hex()}"
        self._files.write(path, "")
        try:
            return path.stat().st_mtime
        finally:
            self._files.unlink(path)


class OwnClaim:
    """A claim of this process.

    Parameters
    ----------
    token:
        Unique name, also for what it makes or removes.
    path, files:
        Where the claim is.
    """

    def __init__(self, token: str, path: Path, files: Files) -> None:
        self.token = token
        self._path = path
        self._files = files
        self._renew_at = time.monotonic() + RENEW_EVERY

    def renew(self) -> None:
        """Give a sign of life; to be called often."""
        if time.monotonic() >= self._renew_at:
            self._renew_at = time.monotonic() + RENEW_EVERY
            self._files.touch(self._path)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # it ended this moment, and counts as living for the last time
        return math.inf


@functools.cache
def _host() -> str:
    """Name this host, this boot of it and this space of process ids."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf8").strip())
        parts.append(str(os.stat("/proc/self/ns/pid").st_ino))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
