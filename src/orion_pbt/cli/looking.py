"""Looking at a population while it is trained: what there is to see at one moment."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping

import orion.core

from orion_pbt.cli.activity import read_activity
from orion_pbt.cli.experiment import Population
from orion_pbt.console.overview import Level, Overview, Worker
from orion_pbt.console.pace import Counted, pace_of
from orion_pbt.console.text import format_number, short_id
from orion_pbt.engine import Engine
from orion_pbt.lineage import Lineages
from orion_pbt.plotting.reasons import format_changes
from orion_pbt.population import Member
from orion_pbt.space import Params
from orion_pbt.storage.activity import Activity, Holder
from orion_pbt.upstream.counted_trials import count

EXPLOITS = 5
"""Recent exploits that are shown."""
LOOK_BACK = 10
"""Generations' worth of trials that are looked through for them."""
BEATS_PER_LEASE = 5
"""Heartbeats after which a trial is given to another worker."""


class Lookout:
    """Looks at a population again and again; a look costs the same however many trials there are.

    Parameters
    ----------
    population:
        What is looked at.
    """

    def __init__(self, population: Population) -> None:
        self._population = population
        self._counted = Counted()

    def look(self) -> Overview:
        """Return what there is to see of the population, which has to be up to date."""
        population, engine = self._population, self._population.engine
        client = population.client
        activity = read_activity(client)
        numbers = count(client.storage, client.id, ("broken", "completed"))
        by_counting = self._counted.note(activity.now, numbers["completed"])
        rate = pace_of(activity.completed, activity.now) or by_counting
        levels = self._levels({holder.trial for holder in activity.holders})
        is_done = bool(client.is_done)
        return Overview(
            title=population.title,
            fidelity=population.fidelity_name,
            population_size=engine.population_size,
            levels=levels,
            workers=tuple(
                _worker(engine.lineages, holder, activity) for holder in activity.holders
            ),
            broken=numbers["broken"],
            best=population.best(),
            rate=rate,
            seconds_left=None if rate is None or is_done else 60 * self._left(levels) / rate,
            exploits=recent_exploits(engine),
            given_up=tuple(engine.stopped),
            is_done=is_done,
        )

    def _levels(self, running: set[str]) -> tuple[Level, ...]:
        engine, lineages = self._population.engine, self._population.engine.lineages
        pending = Counter((lineages[key].generation, key in running) for key in engine.pending)
        return tuple(
            Level(
                generation,
                self._population.schedule.fidelity(generation),
                lineages.trained_at(generation),
                pending[generation, True],
                pending[generation, False],
                None if (best := lineages.leader(generation)) is None else best.score,
            )
            for generation in range(engine.generations + 1)
        )

    def _left(self, levels: tuple[Level, ...]) -> int:
        """Return the trials that are still to be completed."""
        size = self._population.engine.population_size
        done = sum(min(level.completed, size) for level in levels)
        most = self._population.client.max_trials
        total = size * len(levels)
        return max(0, (int(min(total, most)) if most else total) - done)


def recent_exploits(engine: Engine) -> tuple[str, ...]:
    """Return the last members that gave up for another's weights, the last first, in words."""
    lineages = engine.lineages
    latest = itertools.islice(reversed(lineages), LOOK_BACK * engine.population_size)
    forks = (member for member in latest if member.base is not None)
    return tuple(_exploit(lineages, fork) for fork in itertools.islice(forks, EXPLOITS))


def _exploit(lineages: Lineages, fork: Member) -> str:
    assert fork.parent is not None
    assert fork.base is not None
    donor, base = lineages[fork.parent], lineages[fork.base]
    changes = format_changes(_plain(donor.params), _plain(fork.params))
    return (
        f"generation {base.generation}: {_scored(base)} gave up for {_scored(donor)}"
        f"{f': {changes}' if changes else ''}"
    )


def _worker(lineages: Lineages, holder: Holder, activity: Activity) -> Worker:
    silent = None if holder.seen is None else max(0.0, activity.now - holder.seen)
    if holder.expires is not None:
        is_lost = holder.expires <= activity.now
    else:
        is_lost = silent is not None and silent > BEATS_PER_LEASE * _heartbeat()
    return Worker(
        holder.trial,
        lineages[holder.trial].generation if holder.trial in lineages else None,
        # Without the token that tells two processes of one number apart.
        None if holder.owner is None else holder.owner.rpartition(":")[0] or holder.owner,
        None if holder.since is None else max(0.0, activity.now - holder.since),
        silent,
        is_lost,
    )


def _heartbeat() -> float:
    return float(orion.core.config.worker.heartbeat)


def _scored(member: Member) -> str:
    return f"{short_id(member.key)} ({format_number(member.score)})"


def _plain(params: Params) -> Mapping[str, object]:
    return {name.lstrip("/"): value for name, value in params.items()}
