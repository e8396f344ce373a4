"""Reading a population out of an experiment, without changing anything."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from orion_pbt.engine import log
from orion_pbt.errors import StateError
from orion_pbt.plotting.data import Decisions, Picture, build_picture

logger = logging.getLogger(__name__)


def read_picture(experiment: Any, with_evc_tree: bool = False) -> Picture:
    """Return the record of an experiment's population.

    Parameters
    ----------
    experiment:
        Oríon's experiment or a client of one; it may be read-only.
    with_evc_tree:
        Whether to add the trials of its other versions, as they look from this one. Those that its
        population goes on from are there anyway.

    Raises
    ------
    ValueError
        If there is no experiment.
    """
    if experiment is None:
        raise ValueError("Parameter 'experiment' is None")
    ids: dict[str, str] = {}
    trials = experiment.fetch_trials(with_evc_tree=with_evc_tree)
    if with_evc_tree:
        versions = [node.item for node in experiment.node.root]
        ids = _seen_ids(versions, trials)
        decisions = _merged([_read_decisions(version) for version in versions], ids)
    else:
        decisions = _read_decisions(experiment)
        trials = [*trials, *_earlier_trials(experiment, decisions, trials)]
    title = f"{experiment.name}-v{experiment.version}"
    return build_picture(title, experiment.space, trials, decisions, ids)


def decisions_of(state: Any) -> Decisions:
    """Return what the saved state of an algorithm tells; nothing if it is not one of ours.

    Raises
    ------
    StateError
        If it is one of ours that cannot be read.
    """
    engine = state.get("engine") if isinstance(state, Mapping) else None
    if not isinstance(engine, Mapping) or engine.get("schema") != log.SCHEMA:
        return Decisions()
    keys: list[str] = []
    bases: dict[str, str] = {}
    inserted: set[str] = set()
    stopped: list[str] = []
    inherited, inherited_stops = 0, 0
    for event in log.read(str(engine.get("log", ""))):
        if event["e"] in ("root", "insert", "child"):
            keys.append(str(event["k"]))
        if event["e"] == "insert":
            inserted.add(keys[-1])
        elif event["e"] == "child" and "b" in event:
            bases[keys[-1]] = keys[event["b"]]
        elif event["e"] == "stop":
            stopped.append(str(event["why"]))
        elif event["e"] == "version":
            inherited, inherited_stops = len(keys), len(stopped)
    return Decisions(
        bases,
        frozenset(inserted),
        tuple(stopped),
        frozenset(keys[:inherited]),
        inherited_stops,
    )


def _read_decisions(experiment: Any) -> Decisions:
    info = experiment.storage.get_algorithm_lock_info(uid=experiment.id)
    try:
        return decisions_of(None if info is None else info.state)
    except (StateError, LookupError) as error:
        logger.warning(
            "The log of %s-v%s cannot be read, so its plots do not show which trial replaced "
            "which: %s",
            experiment.name,
            experiment.version,
            error,
        )
        return Decisions()


def _earlier_trials(experiment: Any, decisions: Decisions, own: list[Any]) -> list[Any]:
    """Return the trials of earlier versions that the population goes on from."""
    missing = decisions.inherited - {trial.id for trial in own}
    found: dict[str, Any] = {}
    node = experiment.node if missing else None
    while node is not None and node.parent is not None:
        node = node.parent
        for trial in node.item.fetch_trials(with_evc_tree=False):
            if trial.id in missing:
                found.setdefault(trial.id, trial)
    return list(found.values())


def _seen_ids(versions: list[Any], trials: list[Any]) -> dict[str, str]:
    """Return id in a trial's own version → id of the trial as it looks from this version.

    Hyperparameters that were added, removed or renamed since change the id of a trial, but not
    the parent that its children name. The key in the database stays.
    """
    seen = {trial.id_override: trial.id for trial in trials if trial.id_override is not None}
    return {
        trial.id: seen[trial.id_override]
        for version in versions
        for trial in version.fetch_trials(with_evc_tree=False)
        if trial.id_override in seen
    }


def _merged(parts: list[Decisions], ids: Mapping[str, str]) -> Decisions:
    bases = {
        ids.get(fork, fork): ids.get(base, base)
        for part in parts
        for fork, base in part.bases.items()
    }
    inserted = frozenset(ids.get(key, key) for part in parts for key in part.inserted)
    stopped = (why for part in parts for why in part.stopped[part.inherited_stops :])
    return Decisions(bases, inserted, tuple(stopped))
