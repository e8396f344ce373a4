"""Tests of the search space."""

from __future__ import annotations

import json
import math

import numpy
import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.space import Categorical, Integer, Real, Space

SPACE = Space(
    [
        Real("/lr", low=1e-5, high=1, log=True),
        Integer("/net.layers", low=1, high=4),
        Categorical("/act", (2,), choices=("relu", None)),
    ]
)


def test_keeps_the_order_of_its_dimensions():
    assert list(SPACE) == ["/lr", "/net.layers", "/act"]
    assert len(SPACE) == 3
    assert SPACE["/net.layers"].high == 4


def test_names_are_unique():
    with pytest.raises(ConfigurationError, match="'x', but names must be unique"):
        Space([Real("x", low=0, high=1), Integer("x", low=0, high=1)])


def test_samples_a_point_of_all_dimensions_from_one_generator():
    first = SPACE.sample(numpy.random.default_rng(1))
    assert first == SPACE.sample(numpy.random.default_rng(1))
    assert first != SPACE.sample(numpy.random.default_rng(2))
    assert list(first) == list(SPACE)


def test_points_come_back_from_their_json_form():
    point = {"/lr": 0.1 + 0.2, "/net.layers": 3, "/act": [None, "relu"]}
    code = json.loads(json.dumps(SPACE.encode(point)))
    assert code["/act"] == [1, 0]
    assert SPACE.decode(code) == point


def test_cardinality_is_the_product():
    assert SPACE.cardinality == math.inf
    assert Space([SPACE["/net.layers"], SPACE["/act"]]).cardinality == 16
