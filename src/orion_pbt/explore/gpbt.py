"""Pairwise learning: the loser's hyperparameters move towards the winner's, with momentum."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy

from orion_pbt.errors import bad_setting
from orion_pbt.explore import scales
from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.space import Categorical, Dimension, Params, Space, Value


@dataclass(frozen=True)
class GPBTExplore(Explore):
    """Move the replaced member's own hyperparameters towards those of the member it copies.

    Pairwise learning of GPBT-PL, Bai and Cheng 2024 (arXiv 2404.08233), after the competitive
    swarm optimiser of Cheng and Jin 2015 (IEEE Transactions on Cybernetics 45, 191-204). The
    weights are the winner's. Of the hyperparameters, each number x of the loser becomes x + v',
    where ::

        v' = inertia · r₁ · v + attraction · r₂ · (x_winner − x)

    with r₁ and r₂ uniform in [0, 1], and v the last move of the loser's line: how its
    hyperparameters changed when they last changed. With the authors' own code, each hyperparameter
    is sometimes drawn from its prior instead, as such moves alone never leave what the population
    has already spanned.

    Departures: numbers with a log prior move on the log scale. v is read from the lineage, so that
    a value that was drawn from the prior, or set to a bound, counts as moved there. Categories
    among numbers move likewise, from one to the next; another category is the winner's or the
    loser's own, with equal probability. A whole number, or a category among numbers, that moves,
    moves by at least 1.

    Parameters
    ----------
    inertia:
        How much of the last move is repeated, at most; at least 0.
    attraction:
        How much of the way to the winner is gone, at most; above 0.
    resample_probability:
        How often a hyperparameter is drawn from its prior; in [0, 1].

    Raises
    ------
    ConfigurationError
        If a setting is out of its range.
    """

    inertia: float = 1.0
    attraction: float = 1.0
    resample_probability: float = 0.25

    def __post_init__(self) -> None:
        if not isinstance(self.inertia, (int, float)) or not 0 <= self.inertia < math.inf:
            raise bad_setting(
                "GPBTExplore.inertia", self.inertia, "it must be at least 0", "Use e.g. 1."
            )
        if not isinstance(self.attraction, (int, float)) or not 0 < self.attraction < math.inf:
            raise bad_setting(
                "GPBTExplore.attraction", self.attraction, "it must be above 0", "Use e.g. 1."
            )
        probability = self.resample_probability
        if not isinstance(probability, (int, float)) or not 0 <= probability <= 1:
            raise bad_setting(
                "GPBTExplore.resample_probability",
                probability,
                "it must be inside [0, 1]",
                "Use e.g. 0.25.",
            )

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """See `Explore.__call__`."""
        own, earlier = fork.member.params, _before_the_last_move(fork)
        new = {}
        for name, dimension in space.items():
            if rng.random() < self.resample_probability:
                new[name] = dimension.sample(rng)
            else:
                new[name] = self._learn(rng, dimension, own[name], params[name], earlier[name])
        return new

    def _learn(
        self,
        rng: numpy.random.Generator,
        dimension: Dimension,
        own: Value,
        winner: Value,
        earlier: Value,
    ) -> Value:
        others = zip(dimension.elements(winner), dimension.elements(earlier))

        def learn(element: Value) -> Value:
            towards, since = next(others)
            if isinstance(dimension, Categorical) and not dimension.is_ordinal:
                chosen = towards if rng.random() < 0.5 else element
                return chosen if chosen in dimension.choices else dimension.draw(rng)
            x = scales.place(dimension, element)
            velocity = x - scales.place(dimension, since)
            way = scales.place(dimension, towards) - x
            step = self.inertia * rng.random() * velocity + self.attraction * rng.random() * way
            return scales.moved(dimension, element, step)

        return dimension.map(learn, own)


def _before_the_last_move(fork: Fork) -> Params:
    """Return the hyperparameters that the replaced member's line had before its present ones."""
    own = fork.member.params
    for ancestor in reversed(fork.lineages.line(fork.member.key)):
        if ancestor.params != own:
            return ancestor.params
    return own
