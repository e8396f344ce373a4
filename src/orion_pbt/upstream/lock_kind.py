"""PickledDB finds out once a process how the file system of its file locks.

Oríon asks for all mounted file systems at each query.
"""

from __future__ import annotations

import functools

from orion.core.io.database import pickleddb


def install() -> None:
    """Replace the function that looks for a path's file system."""
    pickleddb._get_fs = functools.lru_cache(maxsize=None)(pickleddb._get_fs)
