"""Making the next member of a line: the same, or a copy of another with a variation."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from collections.abc import Iterator
from typing import Callable, Optional

from orion_pbt.engine.history import History
from orion_pbt.engine.randomness import generator
from orion_pbt.exploit import CopyFrom
from orion_pbt.explore import Explore, Fork
from orion_pbt.population import Member
from orion_pbt.space import Params, Space

KeyOf = Callable[[Params, int, Optional[str], Optional[str]], str]
"""(hyperparameters, generation, parent, base) → the key of the member."""

EXPLORE_DRAWS = 100
"""Draws for a fork that does not exist yet, before giving up."""

NUDGES = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5)
"""Smallest steps by which a copy that is not varied may differ from what it is copied from."""


def content_key(params: Params, generation: int, parent: str | None, base: str | None) -> str:
    """Return a key made from all that makes a member."""
    content = json.dumps([dict(params), generation, parent, base], sort_keys=True, default=repr)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


class Branching:
    """Makes members of the next generation and records them.

    Parameters
    ----------
    space, mutation, explore, key_of:
        See `Engine`.
    history:
        Where members are recorded.
    """

    def __init__(
        self,
        space: Space,
        mutation: Space,
        explore: Explore | None,
        key_of: KeyOf,
        history: History,
    ) -> None:
        self._space = space
        self._mutation = mutation
        self._explore = explore
        self.key_of = key_of
        self._history = history

    def of(
        self, history: History, observed: Callable[[Explore | None], Explore | None]
    ) -> Branching:
        """Return the same for another history, with the explore operator as `observed` gives it."""
        other = copy.copy(self)
        other._history = history
        other._explore = observed(self._explore)
        return other

    def keep(self, key: str) -> Member | None:
        """Let a member go on unchanged; None if it did so before."""
        params = self._history.lineages[key].params
        child = self._child_key(params, key, None)
        if child in self._history.lineages:
            return None
        return self._history.add_child(child, params, key, None)

    def copy(self, key: str, decision: CopyFrom, attempt: int) -> Member | None:
        """Let a member copy a donor (it may be itself) and vary the hyperparameters.

        Parameters
        ----------
        key:
            The member that is replaced.
        decision:
            Whose checkpoint and hyperparameters are copied.
        attempt:
            How many next trials of the member broke before.

        Returns
        -------
        Member or None
            None if no variation was found that does not exist yet; one that does is varied
            again, as a single number can only go up or down. That of the donor's own next
            trial counts as existing, where the key does not tell the two apart: it has to stay
            free for the donor.
        """
        lineages = self._history.lineages
        donor = decision.key
        base = key if key != donor else None
        reserved = self._child_key(lineages[donor].params, donor, None)
        for params in self._variations(key, decision, attempt):
            child = self._child_key(params, donor, base)
            if child not in lineages and child != reserved:
                return self._history.add_child(child, params, donor, base)
        return None

    def copied(self, decision: CopyFrom) -> Params:
        """Return the hyperparameters that a copy starts from, before they are varied.

        Those that are never varied are the donor's, as its weights may hang on them.
        """
        lineages = self._history.lineages
        source = lineages[decision.params_of or decision.key].params
        varied = {name: source[name] for name in self._mutation}
        return {**lineages[decision.key].params, **varied}

    def _variations(self, key: str, decision: CopyFrom, attempt: int) -> Iterator[Params]:
        """Yield the hyperparameters that a copy may have, the first choice first.

        Where the copied ones are allowed, so are these. (What a user inserts is not judged, and
        there need not be anything near it that is allowed.)
        """
        lineages = self._history.lineages
        donor = lineages[decision.key]
        source = lineages[decision.params_of or decision.key]
        params = self.copied(decision)
        # Of two that are allowed, a mixture need not be.
        is_strict = self._allows(params) or all(map(self._allows, (donor.params, source.params)))
        for draw in range(EXPLORE_DRAWS if decision.redraws else 0):
            rng = generator(self._history.seed, "redraw", key, attempt, draw)
            redrawn = {**params, **self._mutation.sample(rng)}
            if self._allows(redrawn):
                yield redrawn
        if self._explore is None or (not decision.varies and attempt == 0):
            nudged = [self._mutation.nudge(params, steps) if steps else params for steps in NUDGES]
            yield from (new for new in nudged if self._allows(new) or not is_strict)
        if self._explore is None:
            return
        source = dataclasses.replace(source, params=params)
        fork = Fork(lineages[key], donor, lineages, source)
        for draw in range(EXPLORE_DRAWS):
            rng = generator(self._history.seed, "explore", key, attempt, draw)
            part = {name: params[name] for name in self._mutation}
            new = {**params, **self._explore(rng, self._mutation, part, fork)}
            if self._allows(new) or not (is_strict or self._allows(params)):
                params = new
                yield params

    def _allows(self, params: Params) -> bool:
        return self._explore is None or self._explore.allows(params)

    def _child_key(self, params: Params, parent: str, base: str | None) -> str:
        generation = self._history.lineages[parent].generation + 1
        return self.key_of(params, generation, parent, base)
