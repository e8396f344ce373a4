"""Noticing a script that changes hard-linked files in place, and with them its parent's."""

from __future__ import annotations

import logging
import os
import stat as stat_module
from collections import Counter
from pathlib import Path

from orion_pbt.checkpoints.contents import LINK
from orion_pbt.checkpoints.directory import DirectoryStore
from orion_pbt.checkpoints.disk_errors import explained

logger = logging.getLogger(__name__)

FORBIDDEN = "no-hard-links"
"""File in the hidden directory that turns hard links off for all workers."""


def are_forbidden(store: DirectoryStore) -> bool:
    """Whether a script of this experiment was found to change files in place."""
    return (store.layout.hidden / FORBIDDEN).exists()


def check(store: DirectoryStore, key: str) -> list[str]:
    """Return the files that a trial shares with others and has changed; turn off links if any.

    Parameters
    ----------
    store:
        The experiment's directory.
    key:
        A trial whose script has ended.

    Raises
    ------
    CheckpointError
        If the files cannot be looked at.
    """
    record = store.records[key]
    if record is None or LINK not in (record.ways or {}):
        return []
    final = store.layout.trial(key)
    with explained(f"looking for changed files of trial {key}", final):
        changed = [name for name, stat in _shared(final) if stat.st_mtime_ns > record.newest]
        if changed:
            store.files.write(store.layout.hidden / FORBIDDEN, f"{key} changed {changed}\n")
    if changed:
        logger.error(
            "The script of trial %s changed %s in place. These files are hard links, shared with "
            "the trials it descends from, whose checkpoints are damaged now. Files are copied from "
            "now on. Write a new file and rename it, as orion_pbt.saving_checkpoint does, or leave "
            "out ORION_PBT_CHECKPOINTS_TRANSFER=link.",
            key,
            ", ".join(changed[:5]),
        )
    return changed


def _shared(directory: Path) -> list[tuple[str, os.stat_result]]:
    """Return the files that have names outside of a directory as well."""
    found = []
    names_inside: Counter[tuple[int, int]] = Counter()
    pending = [""]
    while pending:
        above = pending.pop()
        with os.scandir(directory / above) as entries:
            for entry in entries:
                name = above + entry.name
                stat = entry.stat(follow_symlinks=False)
                if stat_module.S_ISDIR(stat.st_mode):
                    pending.append(name + "/")
                elif stat_module.S_ISREG(stat.st_mode):
                    names_inside[stat.st_dev, stat.st_ino] += 1
                    found.append((name, stat))
    return [
        (name, stat)
        for name, stat in found
        if stat.st_nlink > names_inside[stat.st_dev, stat.st_ino]
    ]
