"""Hyperparameters as coordinates, and back."""

from __future__ import annotations

import math

import numpy
import pytest

from orion_pbt.explore.arms import arms_of, categories, count, one_hot, to_value
from orion_pbt.explore.unit_cube import UnitCube
from orion_pbt.space import Categorical, Integer, Real, Space
from orion_pbt.testing.strategies import SPACE


def test_bounds_are_0_and_1_and_logarithms_where_the_prior_has_them():
    space = Space(
        [
            Real("lr", low=1e-4, high=1.0, log=True),
            Real("momentum", low=-1.0, high=1.0),
            Integer("units", low=4.0, high=64.0, log=True),
            Categorical("act", choices=("relu", "tanh")),
        ]
    )
    cube = UnitCube(space, [])
    params = {"lr": 1e-3, "momentum": 0.5, "units": 16, "act": "tanh"}
    assert cube.to_unit(params) == pytest.approx([0.25, 0.75, 0.5])
    assert cube.to_params([0.25, 0.75, 0.5]) == pytest.approx(
        {"lr": 1e-3, "momentum": 0.5, "units": 16}
    )
    assert cube.to_params([0.0, 1.0, 0.49])["units"] == 16  # rounded
    assert type(cube.to_params([0.0, 1.0, 0.49])["units"]) is int
    assert len(cube) == 3


def test_each_element_is_a_coordinate():
    cube = UnitCube(Space([Real("w", (2, 3), low=0.0, high=2.0)]), [])
    value = [[0.0, 0.5, 1.0], [1.5, 2.0, 0.25]]
    assert cube.to_unit({"w": value}) == [0.0, 0.25, 0.5, 0.75, 1.0, 0.125]
    assert cube.to_params(cube.to_unit({"w": value})) == {"w": value}


def test_infinite_bounds_are_those_of_what_was_seen():
    space = Space([Real("x", (), lambda rng: float(rng.normal()), spread=10.0)])
    cube = UnitCube(space, [{"x": -3.0}, {"x": 4.0}])
    assert cube.to_params([0.0]) == {"x": -4.0}
    assert cube.to_params([1.0]) == {"x": 5.0}


def test_values_outside_have_coordinates_outside():
    cube = UnitCube(Space([Real("x", low=1.0, high=2.0)]), [])
    assert cube.to_unit({"x": 0.5}) == [-0.5]
    assert cube.to_params([1.5]) == {"x": 2.0}
    log = UnitCube(Space([Real("x", low=1e-3, high=1.0, log=True)]), [])
    assert log.to_unit({"x": 1e-6}) == pytest.approx([-1.0])


@pytest.mark.parametrize("element", [0.0, -2.0])
def test_what_has_no_logarithm_is_at_the_lower_bound(element):
    cube = UnitCube(Space([Real("x", low=1e-3, high=1.0, log=True)]), [])
    assert cube.to_unit({"x": element}) == [0.0]


def test_there_and_back_in_a_space_of_all_kinds():
    for seed in range(30):
        params = SPACE.sample(numpy.random.default_rng(seed))
        cube = UnitCube(SPACE, [params])
        again = cube.to_params(cube.to_unit(params))
        for name, value in again.items():
            assert numpy.asarray(value) == pytest.approx(numpy.asarray(params[name]), rel=1e-3)
        assert sorted({*again, *categories(SPACE)}) == sorted(SPACE)


CHOICE = Categorical("c", (2, 2), choices=("a", (1, 2), None))


def test_arms_of_a_category_with_a_shape():
    value = [["a", None], [(1, 2), "a"]]
    assert arms_of(CHOICE, {"c": value}) == [0, 2, 1, 0]
    assert to_value(CHOICE, [0, 2, 1, 0]) == value
    assert count(CHOICE) == 4
    assert to_value(Categorical("d", choices=(7, 8)), [1]) == 8


def test_what_is_no_choice_is_no_arm_and_has_coordinates_0():
    dimension = Categorical("c", (2,), choices=(1, "b"))
    assert arms_of(dimension, {"c": ["b", "z"]}) == [1, None]
    assert one_hot(dimension, {"c": ["b", "z"]}) == [0.0, math.sqrt(0.5), 0.0, 0.0]


def test_two_choices_are_at_distance_1_and_equal_ones_at_0():
    dimension = Categorical("d", choices=("a", "b", "c"))
    points = [numpy.array(one_hot(dimension, {"d": choice})) for choice in "abc"]
    for one in range(3):
        for other in range(3):
            distance = math.dist(points[one], points[other])
            assert distance == pytest.approx(float(one != other))
