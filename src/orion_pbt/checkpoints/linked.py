"""Noticing a script that changes hard-linked files in place, and with them its parent's."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from orion_pbt.checkpoints.contents import LINK
from orion_pbt.checkpoints.directory import DirectoryStore
from orion_pbt.checkpoints.layout import is_handed_down

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
    """
    record = store.records[key]
    if record is None or LINK not in (record.ways or {}):
        return []
    final = store.layout.trial(key)
    changed = [
        os.path.relpath(path, final)
        for path, stat in _files(final)
        if stat.st_nlink > 1 and stat.st_mtime_ns > record.newest
    ]
    if changed:
        store.files.write(store.layout.hidden / FORBIDDEN, f"{key} changed {changed}\n")
        logger.error(
            "The script of trial %s changed %s in place. These files are hard links, shared with "
            "the trials it descends from, whose checkpoints are damaged now. Files are copied from "
            "now on. Write a new file and rename it, as orion_pbt.saving_checkpoint does, or leave "
            "out ORION_PBT_CHECKPOINTS_TRANSFER=link.",
            key,
            ", ".join(changed[:5]),
        )
    return changed


def _files(directory: Path) -> list[tuple[str, os.stat_result]]:
    found = []
    for above, directories, names in os.walk(directory):
        is_top = above == str(directory)
        directories[:] = [name for name in directories if is_handed_down(name, is_top=is_top)]
        for name in names:
            path = os.path.join(above, name)
            if is_handed_down(name, is_top=is_top) and not os.path.islink(path):
                found.append((path, os.stat(path)))
    return found
