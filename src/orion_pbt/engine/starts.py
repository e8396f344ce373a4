"""Where roots start: at the points that the user gave, then wherever the prior says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orion_pbt.engine.randomness import generator
from orion_pbt.errors import bad_setting
from orion_pbt.explore import Explore
from orion_pbt.space import Params, Space

POINT_DRAWS = 500
"""Draws of what a point leaves out, before the point is given up."""
ROOT_DRAWS = 1000
"""Draws for a root that does not exist yet, those of its point among them, before giving up."""


class Starts:
    """Where roots start.

    Parameters
    ----------
    initial:
        Where they are drawn from.
    points:
        Hyperparameters of the first of them; what they leave out is drawn.
    explore:
        Says what may be tried; None allows all.
    """

    def __init__(self, initial: Space, points: Sequence[Params], explore: Explore | None) -> None:
        self._initial = initial
        self.points = tuple(points)
        self._explore = explore

    def check(self, seed: str, population_size: int) -> None:
        """Raise where a point, or all that is drawn, is not allowed, or there are too many points.

        Parameters
        ----------
        seed:
            See `Engine`. What is looked at here is what roots start from with the same seed.
        population_size:
            How many roots there are.

        Raises
        ------
        ConfigurationError
            Naming the point, the rule and the remedy.
        """
        if len(self.points) > population_size:
            raise bad_setting(
                "The number of initial_points",
                len(self.points),
                f"a population of {population_size} starts from {population_size} at most",
                "Leave some out, or raise population_size.",
            )
        for number, point in enumerate(self.points):
            draws = POINT_DRAWS if len(point) < len(self._initial) else 1
            objection = self._objection_to_all(seed, number, draws)
            if objection is not None and draws == 1:
                raise bad_setting(
                    f"Number {number + 1} of initial_points",
                    dict(point),
                    f"explore does not allow it: {objection}",
                    "Change the point, or the constraint.",
                )
            if objection is not None:
                raise bad_setting(
                    f"Number {number + 1} of initial_points",
                    dict(point),
                    f"explore allows none of {draws} draws of what it leaves out: {objection}",
                    "Change the point or complete it, or loosen the constraint.",
                )
        objection = self._objection_to_all(seed, len(self.points), ROOT_DRAWS)
        if objection is not None:
            raise bad_setting(
                "What roots are drawn from",
                list(self._initial),
                f"explore allows none of {ROOT_DRAWS} draws: {objection}",
                "Choose other priors in initial, or loosen the constraint.",
            )

    def draws(self, seed: str, number: int) -> Iterator[Params]:
        """Yield what a root may start with, the first choice first.

        Parameters
        ----------
        seed:
            See `Engine`.
        number:
            How many roots were drawn before it.
        """
        for draw in range(ROOT_DRAWS):
            params = self._params(seed, number, draw)
            if self._explore is None or self._explore.allows(params):
                yield params

    def _params(self, seed: str, number: int, draw: int) -> Params:
        params = self._initial.sample(generator(seed, "sample", number, draw))
        if number < len(self.points) and draw < POINT_DRAWS:
            params.update(self.points[number])
        return params

    def _objection_to_all(self, seed: str, number: int, draws: int) -> str | None:
        """Return what the last of some draws breaks; None if one of them is allowed."""
        objection = None
        for draw in range(draws if self._explore is not None else 0):
            assert self._explore is not None
            objection = self._explore.objection(self._params(seed, number, draw))
            if objection is None:
                break
        return objection
