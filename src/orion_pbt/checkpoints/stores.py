"""From a URL to the store that it names."""

from __future__ import annotations

from orion_pbt.checkpoints.base import CheckpointStore
from orion_pbt.errors import ConfigurationError


def open_store(url: str, experiment: str) -> CheckpointStore:
    """Return the store of an experiment, all versions of it, below a URL.

    Raises
    ------
    ConfigurationError
        If fsspec, or what it needs for such a URL, is not installed.
    """
    try:
        from orion_pbt.checkpoints.object_store import ObjectStore
    except ImportError as error:
        raise ConfigurationError(
            f"ORION_PBT_CHECKPOINTS_STORE is {url!r}, but {error}. Install orion-pbt[fsspec], and "
            "what fsspec needs for such a URL."
        ) from error
    return ObjectStore.at(url, experiment)
