"""Removing what dead processes left in the making, or on its way out."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from orion_pbt.checkpoints.claims import Claims
from orion_pbt.checkpoints.files import Files
from orion_pbt.checkpoints.layout import Layout

logger = logging.getLogger(__name__)


def sweep(layout: Layout, claims: Claims, files: Files) -> list[Path]:
    """Remove staged and discarded directories that no living process claims; return them.

    They are listed before the claims are: what a process makes meanwhile is not on the list, and
    whose claim ended meanwhile has removed its own. Each is taken away by a rename first: a process
    that was only taken for dead must find it whole or not at all.
    """
    found = [path for place in (layout.stage, layout.trash) for path in _entries(place)]
    if not found:
        return []
    living = {claim.token for claim in claims.living()}
    abandoned = [path for path in found if path.name not in living]
    for path in abandoned:
        with claims.claim() as claim:
            away = layout.trash / claim.token
            files.mkdir(layout.trash)
            try:
                files.rename(path, away)
                files.remove_tree(away)
            except FileNotFoundError:
                pass  # another process was faster
            except OSError as error:  # e.g. it is another user's; it is in nobody's way
                logger.warning("What a dead process left cannot be removed: %s", error)
    return abandoned


def _entries(place: Path) -> list[Path]:
    try:
        return [place / name for name in os.listdir(place)]
    except FileNotFoundError:
        return []
