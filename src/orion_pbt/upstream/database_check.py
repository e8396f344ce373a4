"""`orion db test` tests the database of the storage that is configured.

Oríon's tests a database of its default kind if the storage is not its own.
"""

from __future__ import annotations

from typing import Any, Callable

from orion.core.cli.checks.creation import CreationStage
from orion.core.io import experiment_builder
from orion.storage.base import setup_storage


def install() -> None:
    """Replace the check that opens the database."""
    CreationStage.check_database_creation = _check(CreationStage.check_database_creation)


def _check(own: Callable[[Any], tuple[str, str]]) -> Callable[[Any], tuple[str, str]]:
    def check_database_creation(self: Any) -> tuple[str, str]:
        """Check if database of specified type can be created."""
        config = experiment_builder.get_cmd_config(self.p_stage.cmdargs)["storage"]
        if str(config.get("type", "legacy")).lower() == "legacy":
            return own(self)
        self.instance = setup_storage(config)._db
        return "Success", ""

    return check_database_creation
