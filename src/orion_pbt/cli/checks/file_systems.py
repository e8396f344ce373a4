"""What a file system is and can do."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from orion_pbt.checkpoints.contents import FICLONE

NETWORK = {
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "fuse.ceph",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.juicefs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "nfs",
    "nfs4",
    "orangefs",
    "panfs",
    "smb3",
    "smbfs",
    "wekafs",
}
"""Types of file systems that several hosts may mount."""

MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True)
class FileSystem:
    """A file system that is mounted.

    Parameters
    ----------
    kind:
        Its type, e.g. ext4.
    mount:
        Where it is mounted.
    """

    kind: str
    mount: str

    @property
    def is_network(self) -> bool:
        """Whether other hosts may see it too."""
        return self.kind in NETWORK

    def __str__(self) -> str:
        return f"{self.kind} at {self.mount}"


def file_system_of(path: Path, mounts: Path = MOUNTS) -> FileSystem | None:
    """Return the file system of a path that exists; None where the system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    real = os.path.realpath(path)
    found = None
    for line in lines:
        before, _, after = line.partition(" - ")
        mount = _unescaped(before.split()[4])
        is_above = real == mount or real.startswith(mount.rstrip("/") + "/")
        if is_above and (found is None or len(mount) >= len(found.mount)):
            found = FileSystem(after.split()[0], mount)
    return found


def existing(path: Path) -> Path:
    """Return a path, or the nearest above it that exists."""
    path = Path(os.path.abspath(path))
    while not path.exists():
        path = path.parent
    return path


def can_reflink(directory: Path) -> bool:
    """Whether files in a directory can share their blocks; two small ones are made to try it.

    Raises
    ------
    OSError
        If no file can be written there.
    """
    with tempfile.TemporaryDirectory(dir=directory, prefix=".orion-pbt-") as name:
        with open(os.path.join(name, "source"), "wb") as source:
            source.write(bytes(2**16))
        with (
            open(os.path.join(name, "source"), "rb") as source,
            open(os.path.join(name, "target"), "wb") as target,
        ):
            try:
                fcntl.ioctl(target.fileno(), FICLONE, source.fileno())
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
                    raise
                return False
    return True


def _unescaped(text: str) -> str:
    """Return a path in which the kernel wrote blanks as octal numbers."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text
