"""A strategy that is configured anew replaces the one an experiment was begun with.

Oríon merges the two, setting by setting at all depths, so that options of the former strategy stay
behind in the new one, which refuses them.
"""

from __future__ import annotations

import copy
import functools
from typing import Any, Callable

from orion.algo.base import algo_factory
from orion.core.io import experiment_builder


def install() -> None:
    """Let an algorithm say which of its settings, ``whole_settings``, are not to be merged."""
    experiment_builder.merge_algorithm_config = _merging(experiment_builder.merge_algorithm_config)


def _merging(own: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    @functools.wraps(own)
    def merge_algorithm_config(config: Any, new_config: Any) -> None:
        own(config, new_config)
        merged, wanted = config.get("algorithm"), new_config.get("algorithm")
        if not isinstance(merged, dict) or not isinstance(wanted, dict):
            return
        for name, settings in wanted.items():
            if isinstance(settings, dict) and isinstance(merged.get(name), dict):
                for setting in _whole_settings(name):
                    if setting in settings:
                        merged[name][setting] = copy.deepcopy(settings[setting])

    return merge_algorithm_config


def _whole_settings(name: str) -> tuple[str, ...]:
    try:
        return getattr(algo_factory.get_class(name), "whole_settings", ())
    except NotImplementedError:  # there is no such algorithm, which another says better
        return ()
