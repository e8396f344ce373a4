"""A new version of an experiment goes on with the population of the version it branched off.

Oríon's version control says, by its adapters, how a trial of one version looks from another, and
which ones count there. A trial keeps its id: it is where its record and its files are. Only one
that is still to be trained gets the id it has in the new version, as it is trained there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from orion.core.evc.adapters import BaseAdapter, CompositeAdapter
from orion.core.utils.flatten import flatten
from orion.core.worker.trial import Trial

from orion_pbt.algorithms.population import PopulationAlgorithm
from orion_pbt.engine import ReplayEngine, inherited_log
from orion_pbt.errors import PBTError
from orion_pbt.population import Member
from orion_pbt.space import Params

logger = logging.getLogger(__name__)

BREAKS = {
    "CodeChange": ("the script's code", "code_change_type"),
    "CommandLineChange": ("the command line", "cli_change_type"),
    "ScriptConfigChange": ("the script's configuration", "config_change_type"),
}
"""Adapters that let no trial pass where their change counts as a break → what changed, and the
option that says what it counts as."""


class Misfit(PBTError):
    """A new version cannot go on with the population of another."""


def inherit(algorithm: PopulationAlgorithm, experiment: Any) -> None:
    """Let an algorithm that has not begun go on from an earlier version, if there is one.

    If it cannot, the log says why, and it begins anew.

    Parameters
    ----------
    algorithm:
        Of the experiment.
    experiment: orion.core.worker.experiment.Experiment
        Its algorithm is locked.
    """
    adapters: list[BaseAdapter] = []
    node = experiment._node
    while node is not None and node.parent is not None:
        adapters[:0] = _single(node.item.refers["adapter"])
        node = node.parent
        info = node.item.storage.get_algorithm_lock_info(uid=node.item.id)
        if info is not None and info.state:
            _go_on(algorithm, experiment, node.item, info.state, adapters)
            return


def _go_on(
    algorithm: PopulationAlgorithm,
    experiment: Any,
    earlier: Any,
    state: Any,
    adapters: list[BaseAdapter],
) -> None:
    here, there = (f"{version.name}-v{version.version}" for version in (experiment, earlier))
    settled: list[Trial] = []
    try:
        origin = _restored(earlier, state)
        if not len(origin.lineages):
            return
        _check_sizes(algorithm, origin)
        settled += _settled(origin, earlier)
        adapter = _Adapter(origin, algorithm, adapters, {trial.id for trial in settled})
        log = inherited_log(origin.engine, algorithm.engine.space, adapter, there)
        algorithm.engine.restore({**algorithm.engine.state, "log": log})
    except (PBTError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        logger.warning("%s begins with a new population, not with %s's: %s", here, there, error)
        _draw_others(algorithm, experiment.version)
        return
    algorithm.observe(settled)
    experiment.duplicate_pending_trials()  # they come before what is to be decided now
    logger.info("%s goes on with the %d trials of %s.", here, len(origin.lineages), there)
    if algorithm.engine.is_done:
        logger.warning(
            "%s goes on with the population of %s, which is complete, so nothing is left to be "
            "trained. Raise generations or population_size to train on, or begin anew under "
            "another name.",
            here,
            there,
        )


def _draw_others(algorithm: PopulationAlgorithm, version: int) -> None:
    """Let a new population differ from the one before, whose checkpoints may be in one directory.

    With the same seed its trials would have the same ids.
    """
    suffix = f"-v{version}"
    if not algorithm.engine.seed.endswith(suffix):
        algorithm.engine.seed += suffix


def _single(adapter: BaseAdapter) -> Iterator[BaseAdapter]:
    if isinstance(adapter, CompositeAdapter):
        for part in adapter.adapters:
            yield from _single(part)
    else:
        yield adapter


def _restored(earlier: Any, state: Any) -> PopulationAlgorithm:
    origin = getattr(earlier.algorithm, "unwrapped", None)
    if not isinstance(origin, PopulationAlgorithm) or isinstance(origin.engine, ReplayEngine):
        name = next(iter(earlier.configuration["algorithm"]), "?")
        raise Misfit(f"its algorithm, {name!r}, has no population of this kind.")
    if "engine" not in state:
        raise Misfit("its state is of another program.")
    origin.engine.restore(state["engine"])
    return origin


def _check_sizes(algorithm: PopulationAlgorithm, origin: PopulationAlgorithm) -> None:
    wanted = algorithm.engine.population_size, algorithm.engine.generations
    for setting, new, old in zip(
        ("population_size", "generations"), wanted, origin.engine.recorded_sizes
    ):
        if new < old:
            raise Misfit(f"{setting} is {new}, and was {old}. It can only be raised.")


def _settled(origin: PopulationAlgorithm, earlier: Any) -> list[Trial]:
    """Return the trials that ended without that the algorithm heard of it."""
    found = (earlier.get_trial(uid=key) for key in origin.engine.pending)
    return [trial for trial in found if trial and trial.status in ("completed", "broken")]


class _Adapter:
    """Sees the members of one version as another does."""

    def __init__(
        self,
        origin: PopulationAlgorithm,
        target: PopulationAlgorithm,
        adapters: list[BaseAdapter],
        settled: Iterable[str],
    ) -> None:
        self._origin = origin
        self._target = target
        self._adapters = adapters
        self._to_train = set(origin.engine.pending) - set(settled)

    def __call__(self, member: Member) -> tuple[str, Params]:
        trials = [self._origin.converter.to_trial(member)]
        for adapter in self._adapters:
            before = trials
            trials = _forward(adapter, before)
            if not trials:
                raise Misfit(_objection(adapter, member.key, before[0]))
        params = self._params(trials[0], member)
        if member.key not in self._to_train:
            return member.key, params
        converter = self._target.converter
        return converter.key_of(params, member.generation, member.parent, member.base), params

    def _params(self, trial: Trial, member: Member) -> Params:
        names, wanted = set(flatten(trial.params)), set(self._target.space)
        if names != wanted:
            raise Misfit(
                f"its hyperparameters are {', '.join(sorted(names))}, and they are "
                f"{', '.join(sorted(wanted))} now."
            )
        if self._target.converter.to_generation(trial) != member.generation:
            raise Misfit(
                f"generation {member.generation} trained to another fidelity than it would now. "
                "Who raises generations has to raise the fidelity alike."
            )
        return self._target.converter.to_params(trial)


def _forward(adapter: BaseAdapter, trials: list[Trial]) -> list[Trial]:
    try:
        return list(adapter.forward(trials))
    except RuntimeError as error:  # there is no such hyperparameter, or there is one already
        raise Misfit(str(error)) from error


def _objection(adapter: BaseAdapter, key: str, trial: Trial) -> str:
    """Return why an adapter does not let a trial pass."""
    kind = type(adapter).__name__
    if kind in BREAKS:
        what, option = BREAKS[kind]
        return (
            f"{what} changed, which counts as a break. With {option}: unsure (or noeffect) under "
            "evc: in the configuration, it would have gone on."
        )
    (settings,) = adapter.configuration
    name = settings.get("name") or settings.get("param", {}).get("name", "?")
    value = flatten(trial.params).get(name)
    if kind == "DimensionPriorChange":
        return f"{name} of trial {key} is {value!r}, which is outside {settings['new_prior']}."
    if kind == "DimensionAddition":
        return f"{name} is new and has no default_value for the trials that are there."
    return (
        f"{name} was removed, and is {value!r} in trial {key}. Only a trial with the default_value "
        "of what was removed counts as one without it."
    )
