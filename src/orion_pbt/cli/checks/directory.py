"""Whether the checkpoints have a place, and what that place can do."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from orion_pbt.checkpoints.settings import Settings
from orion_pbt.cli.checks.base import Check, ok, problem, warning
from orion_pbt.cli.checks.file_systems import can_reflink, existing, file_system_of
from orion_pbt.console.text import format_bytes
from orion_pbt.errors import ConfigurationError

LITTLE = 2**30
"""Free bytes below which a disk is nearly full."""


def check_directory(directory: str | None, needed: int = 0, *, is_shared: bool) -> Iterator[Check]:
    """Check the working directory of an experiment; what is not there is not made.

    Parameters
    ----------
    directory:
        As it is configured; None if it is not.
    needed:
        Bytes that its checkpoints may still take.
    is_shared:
        Whether the storage is one that workers on other hosts can reach.
    """
    name = "working directory"
    if not directory:
        yield warning(
            name,
            "none: checkpoints are in a temporary directory and go when the run ends",
            "Set one: `orion hunt --working-dir DIRECTORY`, working_dir under experiment: in the "
            "configuration, or ORION_WORKING_DIR.",
        )
        return
    path = Path(directory)
    if path.is_absolute():
        yield from _check_there(name, path)
    else:
        yield warning(
            name,
            f"{directory}, which each worker looks up from where it is started",
            f"Write an absolute path, e.g. {os.path.abspath(directory)}.",
        )
    above = existing(path)
    if not os.access(above, os.W_OK | os.X_OK):
        yield problem(
            name, f"{above} cannot be written", "Change who may write there, or use another."
        )
        return
    yield from _check_place(path, above, needed, is_shared)


def _check_there(name: str, path: Path) -> Iterator[Check]:
    if path.is_dir():
        yield ok(name, str(path))
    elif path.exists():
        yield problem(name, f"{path} is a file", "Use another path.")
    else:
        yield ok(name, f"{path} is not there; the first run makes it")


def _check_place(path: Path, above: Path, needed: int, is_shared: bool) -> Iterator[Check]:
    try:
        with tempfile.TemporaryFile(dir=above, prefix=".orion-pbt-") as file:
            file.write(b"x")
        reflinks = can_reflink(above)
    except OSError as error:
        yield problem("working directory", f"{above}: {error}", "Free some room, or use another.")
        return
    free = shutil.disk_usage(above).free
    told = f"{format_bytes(free)} are free"
    if needed > free:
        yield problem(
            "free space",
            f"{told}, and checkpoints may take {format_bytes(needed)}",
            "Use a larger disk, or smaller checkpoints; see ORION_PBT_CHECKPOINTS_QUOTA.",
        )
    elif free < LITTLE:
        yield warning("free space", told, "Free some room.")
    else:
        yield ok("free space", told)
    yield from _check_system(above, is_shared)
    yield ok(
        "copies on write",
        "possible: a parent's files take no room"
        if reflinks
        else "not possible here: a parent's files are copied (ORION_PBT_CHECKPOINTS_TRANSFER=link "
        "spares that, for scripts that never change a file in place)",
    )


def _check_system(above: Path, is_shared: bool) -> Iterator[Check]:
    system = file_system_of(above)
    if system is None:
        yield ok("file system of checkpoints", "this system does not tell")
        return
    try:
        has_store = Settings.from_environment().store is not None
    except ConfigurationError:  # told where the environment is checked
        has_store = False
    if is_shared and not system.is_network and not has_store:
        yield warning(
            "file system of checkpoints",
            f"{system}: only this host sees it, and the storage may have workers on others",
            "With workers on several hosts, use a directory that all mount under the same path, or "
            "ORION_PBT_CHECKPOINTS_STORE.",
        )
    elif system.kind in ("tmpfs", "ramfs"):
        yield warning(
            "file system of checkpoints",
            f"{system}: it is in memory, and gone when this host restarts",
            "Use a directory on a disk.",
        )
    else:
        yield ok("file system of checkpoints", str(system))
