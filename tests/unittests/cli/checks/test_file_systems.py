"""File systems, as the kernel lists them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orion_pbt.cli.checks.file_systems import (
    FileSystem,
    can_reflink,
    existing,
    file_system_of,
)

MOUNTS = """\
22 28 0:21 / /proc rw,nosuid shared:14 - proc proc rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 28 0:40 / /data rw,relatime shared:2 master:1 - nfs4 server:/export rw,vers=4.2
41 40 8:2 / /data/local\\040disk rw - xfs /dev/sdb1 rw
42 28 8:3 / /datafile rw - btrfs /dev/sdc1 rw
43 28 0:50 / /over rw - ext4 /dev/sdd1 rw
44 28 0:51 / /over rw - tmpfs tmpfs rw
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTS)
    return path


@pytest.mark.parametrize(
    ("path", "kind", "mount"),
    [
        ("/home/me", "ext4", "/"),
        ("/data", "nfs4", "/data"),
        ("/data/exp", "nfs4", "/data"),
        ("/data/local disk/exp", "xfs", "/data/local disk"),
        ("/data2", "ext4", "/"),
        ("/datafile", "btrfs", "/datafile"),
        ("/over/there", "tmpfs", "/over"),  # the last one hides the one below
    ],
)
def test_the_innermost_mount_counts(path: str, kind: str, mount: str, mounts: Path) -> None:
    assert file_system_of(Path(path), mounts) == FileSystem(kind, mount)


def test_those_that_several_hosts_mount() -> None:
    assert FileSystem("nfs4", "/data").is_network
    assert not FileSystem("ext4", "/").is_network


def test_a_system_that_does_not_tell(tmp_path: Path) -> None:
    assert file_system_of(tmp_path, tmp_path / "nothing") is None


def test_the_nearest_path_that_exists(tmp_path: Path) -> None:
    assert existing(tmp_path / "a" / "b") == tmp_path
    assert existing(tmp_path) == tmp_path


def test_trying_copies_leaves_nothing_behind(tmp_path: Path) -> None:
    assert can_reflink(tmp_path) in (True, False)
    assert os.listdir(tmp_path) == []
