"""Tests of resampling, and of several operators one after the other."""

from __future__ import annotations

import numpy
import pytest

from orion_pbt import explore
from orion_pbt.errors import ConfigurationError
from orion_pbt.explore import (
    EXPLORES,
    ConstrainedExplore,
    Explore,
    PerturbExplore,
    PipelineExplore,
    ResampleExplore,
)
from orion_pbt.space import Categorical, Real, Space
from orion_pbt.testing.strategies import make_fork

SPACE = Space([Real("x", low=0, high=1), Categorical("c", choices=("a", "b"))])
PARAMS = {"x": 0.5, "c": "a"}
FORK = make_fork(PARAMS)


def rng(seed=0):
    return numpy.random.default_rng(seed)


class Sets(Explore):
    """Sets x, and counts how often it was asked."""

    def __init__(self, x):
        self.x = x
        self.asked = 0

    def __call__(self, rng, space, params, fork):
        self.asked += 1
        return {**params, "x": self.x}


class TestResample:
    def test_never(self):
        new = ResampleExplore(0)(rng(), SPACE, PARAMS, FORK)
        assert new == PARAMS
        assert new is not PARAMS

    def test_always_all_hyperparameters_together(self):
        points = [ResampleExplore(1)(rng(seed), SPACE, PARAMS, FORK) for seed in range(20)]
        assert len({point["x"] for point in points}) == 20
        assert {point["c"] for point in points} == {"a", "b"}

    def test_each_hyperparameter_by_itself(self):
        operator = ResampleExplore(0.5, per_dimension=True)
        space = Space([Real(name, low=0, high=1) for name in "xyz"])
        params = dict.fromkeys("xyz", 0.5)
        points = [operator(rng(seed), space, params, FORK) for seed in range(40)]
        changed = {tuple(name for name in "xyz" if point[name] != 0.5) for point in points}
        assert {"".join(names) for names in changed} == {"", "x", "y", "z", "xy", "xz", "yz", "xyz"}

    def test_each_by_itself_never_and_always(self):
        assert ResampleExplore(0, per_dimension=True)(rng(), SPACE, PARAMS, FORK) == PARAMS
        always = ResampleExplore(1, per_dimension=True)
        points = [always(rng(seed), SPACE, PARAMS, FORK) for seed in range(20)]
        assert len({point["x"] for point in points}) == 20
        assert {point["c"] for point in points} == {"a", "b"}

    def test_per_dimension_is_yes_or_no(self):
        with pytest.raises(ConfigurationError, match="per_dimension is 'yes', but it must be true"):
            ResampleExplore(0.2, per_dimension="yes")

    @pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan"), None])
    def test_impossible_settings_are_named(self, probability):
        with pytest.raises(ConfigurationError, match=f"probability is {probability}, but"):
            ResampleExplore(probability)

    @pytest.mark.slow
    def test_with_its_probability(self):
        changed = [
            ResampleExplore(0.2)(rng(seed), SPACE, PARAMS, FORK) != PARAMS for seed in range(5000)
        ]
        assert abs(sum(changed) - 1000) < 120  # more than four standard deviations


class TestPipeline:
    def test_the_first_that_changes_anything_decides(self):
        last = Sets(0.9)
        pipeline = PipelineExplore((Sets(0.5), Sets(0.7), last))
        assert pipeline(rng(), SPACE, PARAMS, FORK) == {"x": 0.7, "c": "a"}
        assert last.asked == 0

    def test_leaves_what_nothing_changes(self):
        new = PipelineExplore((Sets(0.5), ResampleExplore(0)))(rng(), SPACE, PARAMS, FORK)
        assert new == PARAMS
        assert new is not PARAMS

    def test_resamples_now_and_then_and_perturbs_else(self):
        pipeline = PipelineExplore((ResampleExplore(0.3), PerturbExplore(1.25, 0)))
        values = [pipeline(rng(seed), SPACE, PARAMS, FORK)["x"] for seed in range(100)]
        assert {0.625, 0.4} < set(values)
        assert 10 < len(set(values) - {0.625, 0.4}) < 60

    def test_all_of_its_operators_are_checked_and_allow(self):
        odds = PipelineExplore((ResampleExplore(), PerturbExplore(scale="odds")))
        odds.check(SPACE)
        with pytest.raises(ConfigurationError, match="no real number from 0 to 1"):
            odds.check(Space([Real("x", low=0, high=2)]))
        narrow = ConstrainedExplore((PerturbExplore(),), "x < 0.6")
        pipeline = PipelineExplore((ResampleExplore(), narrow))
        assert [pipeline.allows({"x": x}) for x in (0.5, 0.7)] == [True, False]

    def test_needs_an_operator(self):
        with pytest.raises(ConfigurationError, match=r"explore_configs is \[\], but it needs"):
            PipelineExplore(())


def test_the_table_names_each_operator_as_its_class():
    for name, operator in EXPLORES.items():
        assert operator.__name__.lower() == f"{name}explore"
    assert set(EXPLORES.values()) == {
        value
        for value in vars(explore).values()
        if isinstance(value, type) and issubclass(value, Explore) and value is not Explore
    }
