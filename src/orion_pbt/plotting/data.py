"""What a picture of a population is made of: plain records, built from trials."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orion_pbt.population import Member, Status
from orion_pbt.report import REPORTED_PREFIX

LOG_PRIORS = ("loguniform", "reciprocal", "int_loguniform", "int_reciprocal")
STATUSES = {"completed": Status.COMPLETED, "broken": Status.BROKEN}


@dataclass(frozen=True)
class Hyperparameter:
    """A hyperparameter, or one element of one that has a shape.

    Parameters
    ----------
    name:
        As a person reads it.
    log:
        Whether its prior, and so its axis, is logarithmic.
    choices:
        The choices as text, empty for a number.
    whole:
        Whether it is a whole number.
    """

    name: str
    log: bool = False
    choices: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Point:
    """One trial as it is drawn.

    Parameters
    ----------
    member:
        Its place in the population; a hyperparameter's value is a number or, if it is a choice,
        text.
    fidelity:
        How far it trains, None without a fidelity.
    state:
        Oríon's word for its status.
    inserted:
        Whether a user put it there.
    """

    member: Member
    fidelity: float | None
    state: str
    inserted: bool = False


@dataclass(frozen=True)
class Picture:
    """What all kinds of plots are drawn from.

    Parameters
    ----------
    title:
        Name and version of the experiment.
    score:
        Name of what the user's script reports.
    maximised:
        Whether a larger score is better.
    fidelity:
        Name of the fidelity, None without one.
    log_fidelity:
        Whether its levels grow geometrically.
    hyperparameters:
        The search space without the fidelity.
    points:
        The trials in order of arrival, parents first.
    stopped:
        Why members were given up, if any.
    """

    title: str
    score: str = "objective"
    maximised: bool = False
    fidelity: str | None = None
    log_fidelity: bool = False
    hyperparameters: tuple[Hyperparameter, ...] = ()
    points: tuple[Point, ...] = ()
    stopped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decisions:
    """What an algorithm's log says beyond its trials.

    Parameters
    ----------
    bases:
        Fork → the trial it replaced.
    inserted:
        Trials that a user put there.
    stopped:
        Why members were given up.
    inherited:
        Trials of earlier versions of the experiment that the population goes on from.
    inherited_stops:
        How many were given up there; they are the first.
    """

    bases: Mapping[str, str] = field(default_factory=dict)
    inserted: frozenset[str] = frozenset()
    stopped: tuple[str, ...] = ()
    inherited: frozenset[str] = frozenset()
    inherited_stops: int = 0


def build_picture(
    title: str,
    space: Mapping[str, Any],
    trials: Iterable[Any],
    decisions: Decisions | None = None,
    ids: Mapping[str, str] | None = None,
) -> Picture:
    """Return the record of a population.

    Parameters
    ----------
    title:
        Name and version of the experiment.
    space:
        Oríon's search space.
    trials:
        Oríon's trials, in any order.
    decisions:
        What the algorithm's log says; without it the lineage is that of parents alone.
    ids:
        Id that a trial has in its own version of the experiment → the one it has as it looks from
        this version.
    """
    decisions, ids = decisions or Decisions(), ids or {}
    ordered = _parents_first({trial.id: trial for trial in trials}, ids)
    fidelity = next((dim for dim in space.values() if dim.type == "fidelity"), None)
    axes = _axes(space)
    score, maximised = _score(ordered.values())
    levels = {key: _level(trial, fidelity) for key, trial in ordered.items()}
    generations = _generations(ordered, ids, levels)
    points = []
    for key, trial in ordered.items():
        parent, base = ids.get(trial.parent, trial.parent), decisions.bases.get(key)
        is_done = trial.status == "completed"
        objective = _objective(trial) if is_done else None
        member = Member(
            key=key,
            params=_values(trial, axes),
            generation=generations[key],
            parent=parent if parent in generations else None,
            base=base if base in generations else None,
            status=STATUSES.get(trial.status, Status.PENDING),
            objective=objective,
            reported=_reported(trial, objective) if is_done and maximised else None,
        )
        points.append(Point(member, levels[key], trial.status, key in decisions.inserted))
    return Picture(
        title=title,
        score=score,
        maximised=maximised,
        fidelity=None if fidelity is None else fidelity.name.lstrip("/"),
        log_fidelity=fidelity is not None and fidelity.base > 1,
        hyperparameters=tuple(axis for axis, _, _ in axes),
        points=tuple(points),
        stopped=decisions.stopped,
    )


def _generations(
    trials: Mapping[str, Any], ids: Mapping[str, str], levels: Mapping[str, float | None]
) -> dict[str, int]:
    """Return the number of branchings before each trial, by id; parents come first."""
    places = {
        level: place
        for place, level in enumerate(sorted({lvl for lvl in levels.values() if lvl is not None}))
    }
    generations: dict[str, int] = {}
    for key, trial in trials.items():
        parent, level = ids.get(trial.parent, trial.parent), levels[key]
        if parent in generations:
            generations[key] = generations[parent] + 1
        elif parent is not None and level is not None:  # its parent is of a version not shown
            generations[key] = places[level]
        else:
            generations[key] = 0
    return generations


_Axis = tuple[Hyperparameter, str, tuple[int, ...]]
"""How it is drawn, the name of its dimension, the place of the element."""


def _axes(space: Mapping[str, Any]) -> list[_Axis]:
    axes: list[_Axis] = []
    for dim in space.values():
        if dim.type == "fidelity":
            continue
        choices = tuple(map(str, dim.categories)) if dim.type == "categorical" else ()
        log, whole = dim.prior_name in LOG_PRIORS, dim.type == "integer"
        for place in itertools.product(*map(range, dim.shape or ())):
            name = dim.name.lstrip("/") + "".join(f"[{index}]" for index in place)
            axes.append((Hyperparameter(name, log, choices, whole), dim.name, place))
    return axes


def _values(trial: Any, axes: list[_Axis]) -> dict[str, float | int | str]:
    params = {param.name: param.value for param in trial._params}
    values = {}
    for axis, name, place in axes:
        if name in params:  # it may have been added in a later version
            value = params[name]
            for index in place:
                value = value[index]
            values[axis.name] = str(value) if axis.choices else value
    return values


def _level(trial: Any, fidelity: Any) -> float | None:
    if fidelity is None:
        return None
    found = [param.value for param in trial._params if param.name == fidelity.name]
    return found[0] if found else None


def _score(trials: Iterable[Any]) -> tuple[str, bool]:
    """Return what the user's script reports, and whether a larger one is better."""
    name = None
    for trial in trials:
        for result in trial.statistics:
            if result.name.startswith(REPORTED_PREFIX):
                return result.name[len(REPORTED_PREFIX) :], True
        if name is None and trial.objective is not None:
            name = trial.objective.name
    return name or "objective", False


def _objective(trial: Any) -> float:
    return math.nan if trial.objective is None else float(trial.objective.value)


def _reported(trial: Any, objective: float | None) -> float | None:
    for result in trial.statistics:
        if result.name.startswith(REPORTED_PREFIX):
            return float(result.value)
    return None if objective is None else -objective


def _parents_first(trials: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """Return trials in order of submission, but none before its parent."""
    ordered: dict[str, Any] = {}
    for key in sorted(trials, key=lambda key: _arrival(trials[key])):
        path = [key]
        while path[-1] not in ordered and len(path) <= len(trials):
            parent = trials[path[-1]].parent
            parent = ids.get(parent, parent)
            if parent not in trials:
                break
            path.append(parent)
        for ancestor in reversed(path):
            ordered.setdefault(ancestor, trials[ancestor])
    return ordered


def _arrival(trial: Any) -> tuple[bool, float]:
    when = trial.submit_time
    return (when is None, when.timestamp() if when is not None else 0.0)
