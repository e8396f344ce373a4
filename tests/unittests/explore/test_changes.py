"""What was done to a hyperparameter, in words."""

from __future__ import annotations

import numpy
import pytest

from orion_pbt.explore import PerturbExplore, ResampleExplore
from orion_pbt.explore.changes import Change, changes
from orion_pbt.space import Categorical, Integer, Real, Space
from orion_pbt.testing.strategies import make_fork

LR = Real("/lr", low=1e-5, high=1, log=True, precision=4)
WIDTH = Real("/width", low=-1, high=1)
LAYERS = Integer("/layers", low=1, high=8)
ACT = Categorical("/act", choices=("relu", "tanh"))
BATCH = Categorical("/batch", choices=(16, 32, 64))


def how(dimension, old, new, explore=None):
    name = dimension.name
    (change,) = changes(Space([dimension]), {name: old}, {name: new}, explore)
    assert change == Change(name, old, new, change.how)
    return change.how


@pytest.mark.parametrize(
    ("dimension", "old", "new", "expected"),
    [
        (LR, 0.01, 0.012, "× 1.2"),
        (LR, 0.012, 0.01, "÷ 1.2"),
        (LR, 0.3333, 0.2778, "÷ 1.2"),  # rounded to four digits
        (LR, 0.9, 0.9991, "up to its bound 1"),
        (LR, 1.1e-5, 1e-5, "down to its bound 1e-05"),
        (LR, 0.9, 0.75, "÷ 1.2"),
        (WIDTH, -0.9, -0.9998, "down to its bound -1"),
        (WIDTH, 0.0, 0.04, "+ 0.04"),
        (WIDTH, 0.01, -0.03, "− 0.04"),
        (LAYERS, 2, 3, "+ 1"),
        (LAYERS, 6, 5, "÷ 1.2"),
        (LAYERS, 7, 8, "up to its bound 8"),
        (LAYERS, 8, 8, "unchanged"),
        (ACT, "relu", "tanh", "drawn anew"),
        (BATCH, 16, 32, "to a neighbour"),
    ],
)
def test_perturbation(dimension, old, new, expected):
    assert how(dimension, old, new, PerturbExplore(1.2)) == expected


def test_perturbation_of_odds():
    assert how(LR, 0.5, 0.6, PerturbExplore(1.5, scale="odds")) == "odds × 1.5"


def test_resampling():
    assert how(LR, 0.01, 0.012, ResampleExplore()) == "drawn anew"
    assert how(LR, 0.01, 0.01, ResampleExplore()) == "unchanged"


@pytest.mark.parametrize(
    ("dimension", "old", "new", "expected"),
    [
        (LR, 0.01, 0.02, "× 2"),
        (WIDTH, 0.5, -0.5, "− 1"),
        (WIDTH, 0.0, 0.5, "+ 0.5"),
        (LAYERS, 2, 4, "× 2"),
        (ACT, "relu", "tanh", "changed"),
    ],
)
def test_an_operator_that_is_not_known(dimension, old, new, expected):
    assert how(dimension, old, new) == expected


def test_equal_values_of_different_types_are_a_change():
    dimension = Categorical("/flag", choices=(True, 1))
    assert how(dimension, True, 1) == "changed"


def test_each_element_of_a_shape_is_told_by_itself():
    dimension = Real("/m", (2, 2), low=0, high=1)
    found = changes(
        Space([dimension]), {"/m": [[0.1, 0.2], [0.3, 0.4]]}, {"/m": [[0.2, 0.2], [0.3, 0.2]]}
    )
    assert [(change.name, change.how) for change in found] == [
        ("/m[0][0]", "× 2"),
        ("/m[0][1]", "unchanged"),
        ("/m[1][0]", "unchanged"),
        ("/m[1][1]", "÷ 2"),
    ]


def test_what_perturbation_does_has_a_name():
    """Not one of the things that it does is told as if it were not known."""
    space = Space([LR, WIDTH, LAYERS, BATCH])
    explore = PerturbExplore(1.2)
    params = space.sample(numpy.random.default_rng(0))
    for draw in range(300):
        new = explore(numpy.random.default_rng(draw), space, params, make_fork(params))
        for change in changes(space, params, new, explore):
            words = ("× 1.2", "÷ 1.2", "up to", "down to", "+ ", "− ", "to a", "unchanged")
            is_whole = change.name == "/layers" and change.how.startswith(("× ", "÷ "))
            assert change.how.startswith(words) or is_whole, change
        params = new
