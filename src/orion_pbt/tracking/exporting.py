"""Log what a population has that was not logged yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Callable

from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status
from orion_pbt.schedules import FidelitySchedule
from orion_pbt.tracking.base import Tracker
from orion_pbt.tracking.rows import to_row
from orion_pbt.tracking.segments import Segment, segments_of

MANY = 100
"""Trials from which on all of an experiment are fetched at once, and not one by one."""

FindTrials = Callable[[Collection[str]], Mapping[str, Any]]
"""Ids → the trials that are there, by id."""


def export(
    tracker: Tracker, lineages: Lineages, schedule: FidelitySchedule, find_trials: FindTrials
) -> dict[str, int]:
    """Log the completed members that were not logged yet.

    Parameters
    ----------
    tracker:
        Where to.
    lineages:
        The population.
    schedule:
        The fidelity of each generation.
    find_trials:
        Has what the population does not know of its members.

    Returns
    -------
    dict
        Name of each run that something was added to → number of steps added.
    """
    todo: list[tuple[Segment, list[Member]]] = []
    for segment, members in _completed(lineages):
        last = tracker.last_step(segment)
        fresh = [
            member
            for member in members
            if last is None or schedule.fidelity(member.generation) > last
        ]
        todo += [(segment, fresh)] if fresh else []
    trials = find_trials([member.key for _, members in todo for member in members])
    for segment, members in todo:
        rows = [
            to_row(member, schedule.fidelity(member.generation), trials.get(member.key))
            for member in members
        ]
        tracker.write(segment, rows)
    return {segment.name: len(members) for segment, members in todo}


def trials_of(client: Any) -> FindTrials:
    """Return what finds the trials of an experiment, of any storage.

    Parameters
    ----------
    client: orion.client.experiment.ExperimentClient
        The experiment.
    """

    def find(keys: Collection[str]) -> Mapping[str, Any]:
        if len(keys) >= MANY:
            return {trial.id: trial for trial in client.fetch_trials_by_status("completed")}
        found = ((key, client.get_trial(uid=key)) for key in keys)
        return {key: trial for key, trial in found if trial is not None}

    return find


def _completed(lineages: Lineages) -> list[tuple[Segment, list[Member]]]:
    """Return the segments with their completed members, in the order of their arrival."""
    segments = segments_of(lineages)
    found: dict[str, tuple[Segment, list[Member]]] = {}
    for member in lineages:
        if member.status is Status.COMPLETED:
            segment = segments[member.key]
            found.setdefault(segment.key, (segment, []))[1].append(member)
    return list(found.values())
