"""What Oríon asks an algorithm's registry, answered from the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orion.algo.base.registry import Registry
from orion.core.worker.trial import Trial

from orion_pbt.algorithms.converters import TrialConverter
from orion_pbt.engine import Engine


class TrialRegistry(Registry):
    """The trials that an algorithm suggested or observed, without a copy of them.

    Oríon's own registry holds a deep copy of each trial and is itself deep-copied and pickled at
    each suggestion and observation. This one is a view: the engine has the trials.

    Parameters
    ----------
    engine:
        Has the members.
    converter:
        Makes trials of them.
    """

    def __init__(self, engine: Engine, converter: TrialConverter) -> None:
        super().__init__()
        self._engine = engine
        self._converter = converter
        self.strangers: dict[str, dict[str, Any]] = {}
        """Observed trials that are no members, as plain data."""

    def __contains__(self, trial_or_id: str | Trial) -> bool:
        key = trial_or_id if isinstance(trial_or_id, str) else trial_or_id.id
        return key in self._engine.lineages or key in self.strangers

    def __getitem__(self, item: str) -> Trial:
        if item in self.strangers:
            return Trial(**self.strangers[item])
        return self._converter.to_trial(self._engine.lineages[item])

    def __iter__(self) -> Iterator[Trial]:
        yield from map(self._converter.to_trial, self._engine.lineages)
        yield from (Trial(**record) for record in self.strangers.values())

    def __len__(self) -> int:
        return len(self._engine.lineages) + len(self.strangers)

    def register(self, trial: Trial) -> str:
        """Keep a trial that is no member of the population; members are kept by the engine."""
        key = str(trial.id)
        if key not in self._engine.lineages:
            record = trial.to_dict()
            self.strangers[key] = {
                name: record[name] for name in ("params", "results", "status", "parent")
            }
        return key

    @property
    def state_dict(self) -> dict[str, Any]:
        """The part of the state that the engine does not have."""
        return {"strangers": dict(self.strangers)}

    def set_state(self, statedict: dict[str, Any]) -> None:
        """Take over a state."""
        self.strangers = dict(statedict["strangers"])
