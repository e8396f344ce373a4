"""Tests of operators for single hyperparameters."""

from __future__ import annotations

import numpy
import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.explore import ByNameExplore, ConstrainedExplore, Explore, PerturbExplore
from orion_pbt.space import Real, Space
from orion_pbt.testing.strategies import make_fork

SPACE = Space([Real(f"/{name}", low=0, high=9) for name in ("a", "b", "c.d")])
PARAMS = {"/a": 1.0, "/b": 2.0, "/c.d": 3.0}


class Adds(Explore):
    """Adds a number to whatever it is given."""

    def __init__(self, number):
        self.number = number

    def __call__(self, rng, space, params, fork):
        assert list(params) == list(space)
        return {name: value + self.number for name, value in params.items()}


def vary(operator, space=SPACE):
    params = {name: PARAMS[name] for name in space}
    return operator(numpy.random.default_rng(0), space, params, make_fork(PARAMS))


def test_each_has_its_operator_and_the_others_another():
    operator = ByNameExplore({"a": Adds(1), "/c.d": Adds(2)}, default=(Adds(3),))
    assert vary(operator) == {"/a": 2.0, "/b": 5.0, "/c.d": 5.0}


def test_without_another_the_others_stay():
    assert vary(ByNameExplore({"b": Adds(1)})) == {"/a": 1.0, "/b": 3.0, "/c.d": 3.0}


def test_what_may_not_be_varied_is_left_out():
    operator = ByNameExplore({"a": Adds(1)}, default=(Adds(3),))
    assert vary(operator, Space([SPACE["/b"]])) == {"/b": 5.0}
    assert vary(operator, Space([SPACE["/a"]])) == {"/a": 2.0}


def test_it_allows_what_all_allow():
    narrow = ConstrainedExplore((PerturbExplore(),), "a < 5")
    for operator in (
        ByNameExplore({"a": narrow}),
        ByNameExplore({"b": PerturbExplore()}, (narrow,)),
    ):
        assert operator.allows({"/a": 4.0, "/b": 1.0})
        assert not operator.allows({"/a": 6.0, "/b": 1.0})


def test_each_operator_is_checked_with_its_own():
    space = Space([Real("momentum", low=0, high=1), Real("lr", low=0, high=9)])
    odds = PerturbExplore(scale="odds")
    ByNameExplore({"momentum": odds}, default=(PerturbExplore(),)).check(space)
    with pytest.raises(ConfigurationError, match="'odds', but lr is no real number"):
        ByNameExplore({"lr": odds}).check(space)
    with pytest.raises(ConfigurationError, match="'odds', but lr is no real number"):
        ByNameExplore({"momentum": odds}, default=(odds,)).check(space)


def test_a_name_that_is_not_there_is_named():
    with pytest.raises(ConfigurationError, match="explores is 'd', but .* It has a, b, c.d"):
        ByNameExplore({"a": PerturbExplore(), "d": PerturbExplore()}).check(SPACE)


def test_it_needs_an_operator():
    with pytest.raises(ConfigurationError, match="explores is {}, but it needs an operator"):
        ByNameExplore({})
