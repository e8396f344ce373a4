"""Two of Oríon's commands find the storage that is configured.

``orion db test`` opens a database of its default kind, and ``orion status`` loads the experiments
that it found from its default storage. They load this package on their way only, so what they do
after that is corrected.
"""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any, Callable

from orion.core.cli import status
from orion.core.cli.checks.creation import CreationStage
from orion.core.io import experiment_builder
from orion.storage.base import setup_storage


def install() -> None:
    """Correct both."""
    CreationStage.post_stage = _post_stage(CreationStage.post_stage)
    status.get_experiments = _get_experiments(status.get_experiments)


def _post_stage(own: Callable[[Any], None]) -> Callable[[Any], None]:
    def post_stage(self: Any) -> None:
        config = experiment_builder.get_cmd_config(self.p_stage.cmdargs)["storage"]
        if str(config.get("type")).lower() == "sql":
            self.instance = setup_storage(config)._db
        own(self)

    return post_stage


def _get_experiments(own: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def get_experiments(storage: Any, args: Any) -> Any:
        load = functools.partial(experiment_builder.load, storage=storage)
        status.experiment_builder = SimpleNamespace(**{**vars(experiment_builder), "load": load})
        return own(storage, args)

    return get_experiments
