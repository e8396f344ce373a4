"""A trial's process gets what its script needs to know of the experiment, and no more.

Oríon pickles the whole experiment for each trial: the algorithm with all its trials, and the
storage.
"""

from __future__ import annotations

from typing import Any

from orion.core.worker.consumer import Consumer
from orion.core.worker.experiment import Experiment


class Described:
    """Stands for an algorithm where only its configuration is asked for.

    Parameters
    ----------
    configuration:
        The algorithm's.
    """

    def __init__(self, configuration: Any) -> None:
        self.configuration = configuration


def install() -> None:
    """Let a consumer be pickled without the algorithm and the storage."""
    Consumer.__getstate__ = _getstate


def _getstate(self: Any) -> dict[str, Any]:
    return {**self.__dict__, "experiment": _described(self.experiment)}


def _described(experiment: Any) -> Any:
    experiment = getattr(experiment, "_experiment", experiment)  # of a client
    description = Experiment.__new__(Experiment)
    for name in Experiment.__slots__:
        setattr(description, name, getattr(experiment, name))
    description.algorithm = Described(getattr(experiment.algorithm, "configuration", None))
    description.knowledge_base = None
    description._storage = None
    description._node = None
    return description
