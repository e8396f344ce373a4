"""A script without a repository is warned of once in a process.

Oríon looks for the repository anew for each trial, and each time logs the same warning.
"""

from __future__ import annotations

from typing import Any, Callable

from orion.core.io import resolve_config


def install() -> None:
    """Remember the scripts that are in no repository."""
    resolve_config.fetch_user_repo = _fetch_user_repo(resolve_config.fetch_user_repo)


def _fetch_user_repo(own: Callable[[str], Any]) -> Callable[[str], Any]:
    # A repository is not remembered: its object holds a process that forked workers would share.
    without: set[str] = set()

    def fetch_user_repo(user_script: str) -> Any:
        if user_script in without:
            return None
        repository = own(user_script)
        if repository is None:
            without.add(user_script)
        return repository

    return fetch_user_repo
