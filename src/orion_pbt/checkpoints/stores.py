"""From a URL to the store that it names."""

from __future__ import annotations

from orion_pbt.checkpoints.base import CheckpointStore
from orion_pbt.errors import CheckpointError, ConfigurationError, bad_setting

VARIABLE = "ORION_PBT_CHECKPOINTS_STORE"
REMEDY = "Use a URL that fsspec can read and write, such as s3://bucket/checkpoints."


def open_store(url: str, experiment: str) -> CheckpointStore:
    """Return the store of an experiment, all versions of it, below a URL.

    Raises
    ------
    ConfigurationError
        If the URL or the experiment's name cannot work, or fsspec, or what it needs for such a
        URL, is not installed.
    """
    try:
        from orion_pbt.checkpoints.object_store import ObjectStore

        return ObjectStore.at(url, experiment)
    except ConfigurationError:
        raise
    except ImportError as error:
        remedy = "Install orion-pbt[fsspec], and what fsspec needs for such a URL."
        raise bad_setting(VARIABLE, url, f"it cannot be opened: {error}", remedy) from error
    except Exception as error:  # each service has errors of its own
        raise bad_setting(VARIABLE, url, f"it cannot be opened: {error!r}", REMEDY) from error


def check_store(url: str, experiment: str) -> None:
    """Look into the store of an experiment, so that one that cannot work is told at once.

    Raises
    ------
    ConfigurationError
        If it cannot be opened or listed.
    """
    try:
        open_store(url, experiment).keys()
    except CheckpointError as error:
        raise bad_setting(VARIABLE, url, str(error), REMEDY) from error
