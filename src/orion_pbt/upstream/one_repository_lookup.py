"""The script's repository is looked for once in a process.

Oríon opens it anew for each trial, and for a script without one logs the same warning each time.
"""

from __future__ import annotations

import functools

from orion.core.io import resolve_config


def install() -> None:
    """Remember the repository of each script; what changes in it is still seen."""
    resolve_config.fetch_user_repo = functools.lru_cache(maxsize=None)(
        resolve_config.fetch_user_repo
    )
