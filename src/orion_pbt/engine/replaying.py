"""Training along a schedule that is given, several times side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy

from orion_pbt.engine.branching import KeyOf, content_key
from orion_pbt.engine.engine import Engine
from orion_pbt.engine.randomness import generator
from orion_pbt.exploit import Decision, Exploit, Keep
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status
from orion_pbt.space import Params, Space, Value

REPLICA = "orion_pbt_replica"
"""Name of the hyperparameter that tells replicas, and a replica's attempts, apart.

Its whole part is the number of the replica, from 1. What is behind the point counts the trials that
broke before this one: without it their ids would be the same.
"""
MOST_REPLICAS = 1000


def replica_of(params: Mapping[str, Value]) -> int | None:
    """Return the number of the replica that has these hyperparameters; None if it is of none."""
    for name, value in params.items():
        if name.lstrip("/") == REPLICA:
            return int(value)
    return None


class NobodyCopies(Exploit):
    """Each member goes on."""

    def __call__(self, rng: numpy.random.Generator, member: Member, lineages: Lineages) -> Decision:
        """See `Exploit.__call__`."""
        return Keep()


class ReplayEngine(Engine):
    """Replicas that are trained along one schedule, each from scratch.

    A replica is a line. Nothing is exploited or explored: what a generation is trained with is
    written in the schedule.

    Parameters
    ----------
    space:
        The hyperparameters, without the fidelity and with the replica.
    schedule:
        The hyperparameters of each generation, without the replica.
    replicas:
        How many there are.
    key_of, max_retries:
        As for `Engine`. A replica is given up after that many broken trials in one place.
    seed_name:
        A hyperparameter that differs from replica to replica, and stays the same in each.

    Raises
    ------
    ConfigurationError
        If `seed_name` is unknown.
    """

    fewest = 1

    def __init__(
        self,
        space: Space,
        schedule: Sequence[Params],
        replicas: int,
        key_of: KeyOf = content_key,
        max_retries: int = 3,
        seed_name: str | None = None,
    ) -> None:
        super().__init__(
            space, replicas, len(schedule) - 1, NobodyCopies(), None, "0", key_of, max_retries
        )
        self._schedule = tuple(schedule)
        self._seed_name = seed_name
        (self._replica,) = (name for name in space if name.lstrip("/") == REPLICA)

    def _draw_root(self) -> Member | None:
        """Add a first trial of the first replica that has none, or only broken ones."""
        roots = [node.item for node in self.lineages.roots]
        broken = Counter(self._number(root) for root in roots if root.status is Status.BROKEN)
        alive = {self._number(root) for root in roots if root.status is not Status.BROKEN}
        left = [
            number
            for number in range(1, self.population_size + 1)
            if number not in alive and broken[number] <= self.max_retries
        ]
        if not left:
            self._history.stop(
                None, f"A replica was given up: {self.max_retries + 1} first trials of it broke."
            )
            return None
        params = self._params(0, left[0], broken[left[0]])
        key = self._branching.key_of(params, 0, None, None)
        return self._history.add_root(key, params, drawn=True)

    def _decide(self, key: str) -> Decision:
        return Keep()

    def _carry_out(self, key: str, decision: Decision, hope: str = "a next trial") -> Member | None:
        member, attempt = self.lineages[key], len(self.lineages.successors(key))
        number = self._number(member)
        if attempt > self.max_retries:
            self._history.stop(
                key, f"Replica {number} was given up: {attempt} trials after {key} broke."
            )
            return None
        generation = member.generation + 1
        params = self._params(generation, number, attempt)
        child = self._branching.key_of(params, generation, key, None)
        return self._history.add_child(child, params, key, None)

    def _number(self, member: Member) -> int:
        return int(member.params[self._replica])

    def _params(self, generation: int, number: int, attempt: int) -> Params:
        values = dict(self._schedule[generation])
        if self._seed_name is not None:
            rng = generator("replay", self._seed_name, number)
            values[self._seed_name] = self.space[self._seed_name].sample(rng)
        values[self._replica] = number + attempt / (self.max_retries + 1)
        return {name: values[name] for name in self.space}
