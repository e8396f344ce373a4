"""Tests of variations within constraints."""

from __future__ import annotations

import numpy
import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.explore import (
    ConstrainedExplore,
    Explore,
    Fork,
    PerturbExplore,
    ResampleExplore,
)
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Categorical, Integer, Real, Space
from orion_pbt.testing.strategies import make_fork

SPACE = Space(
    [
        Real("/lr", low=0, high=1),
        Integer("/batch", low=1, high=100),
        Categorical("/act", choices=("a", "b", "c")),
    ]
)


class Sets(Explore):
    """Sets hyperparameters to one after the other of some points, and counts."""

    def __init__(self, *points):
        self.points = points
        self.asked = 0

    def __call__(self, rng, space, params, fork):
        point = self.points[min(self.asked, len(self.points) - 1)]
        self.asked += 1
        return {name: point.get(name, params[name]) for name in space}


def vary(inner, params, *constraints, space=SPACE, seed=0, fork=None, **options):
    operator = ConstrainedExplore((inner,), constraints, **options)
    part = {name: params[name] for name in space}
    rng = numpy.random.default_rng(seed)
    return operator(rng, space, part, fork or make_fork(params))


LEGAL = {"/lr": 0.2, "/batch": 10, "/act": "a"}


class TestRepair:
    def test_what_is_allowed_is_left_alone(self):
        inner = Sets({"/lr": 0.4})
        assert vary(inner, LEGAL, "lr * batch < 5") == {**LEGAL, "/lr": 0.4}
        assert inner.asked == 1

    def test_a_variation_that_is_not_allowed_is_made_anew(self):
        inner = Sets({"/lr": 0.9}, {"/lr": 0.8}, {"/lr": 0.4})
        assert vary(inner, LEGAL, "lr * batch < 5") == {**LEGAL, "/lr": 0.4}
        assert inner.asked == 3

    def test_then_it_goes_half_way_back_until_it_is_allowed(self):
        inner = Sets({"/lr": 1.0})
        new = vary(inner, LEGAL, "lr < 0.35", attempts=4)
        assert new == {**LEGAL, "/lr": pytest.approx(0.3)}  # 0.2 + 0.8 / 8
        assert inner.asked == 4

    def test_whole_numbers_go_back_too(self):
        new = vary(Sets({"/batch": 90}), LEGAL, "batch <= 35")
        assert new == {**LEGAL, "/batch": 30}

    def test_numbers_with_a_log_prior_go_back_on_the_log_scale(self):
        space = Space([Real("x", low=1e-4, high=1, log=True)])
        new = vary(Sets({"x": 1.0}), {"x": 1e-4}, "x < 0.5", space=space)
        assert new["x"] == pytest.approx(1e-2)

    def test_to_what_is_outside_of_a_narrower_range_they_go_as_far_as_it(self):
        space = Space([Real("x", low=1e-4, high=1, log=True)])
        new = vary(Sets({"x": 1.0}), {"x": -1.0}, "x < 0.5", space=space)
        assert new["x"] == pytest.approx(1e-2)

    def test_categories_go_back_first(self):
        inner = Sets({"/lr": 0.9, "/act": "b"})
        assert vary(inner, LEGAL, "act != 'b'") == {**LEGAL, "/lr": 0.9}

    def test_in_the_end_the_copied_values_stay(self):
        assert vary(Sets({"/lr": 0.9}), LEGAL, "lr == 0.2") == LEGAL

    def test_each_element_of_a_shape_goes_back(self):
        space = Space([Real("x", shape=(2,), low=0, high=8)])
        new = vary(Sets({"x": [8.0, 4.0]}), {"x": [0.0, 4.0]}, "x[0] < x[1]", space=space)
        assert new["x"] == [2.0, 4.0]

    def test_where_the_copied_values_are_not_allowed_new_ones_are_drawn(self):
        points = [vary(Sets(LEGAL), LEGAL, "batch > 50", seed=seed) for seed in range(20)]
        assert all(point["/batch"] > 50 for point in points)
        assert len({point["/lr"] for point in points}) == 20

    def test_where_nothing_helps_all_stays(self):
        space = Space([SPACE["/lr"]])  # the batch may not be varied
        new = vary(Sets({"/lr": 0.5}), LEGAL, "batch > 50", space=space)
        assert new == {"/lr": 0.2}


class TestFrozen:
    def test_what_is_not_varied_is_part_of_the_condition(self):
        space = Space([SPACE["/lr"]])
        new = vary(Sets({"/lr": 0.9}), LEGAL, "lr * batch < 4", space=space)
        assert new == {"/lr": pytest.approx(0.375)}

    def test_it_is_that_of_the_member_whose_hyperparameters_are_copied(self):
        lineages = Lineages()
        for key, batch in (("member", 1), ("donor", 2), ("source", 10)):
            lineages.add(Member(key, {**LEGAL, "/batch": batch}))
            lineages.complete(key, 0.0)
        fork = Fork(lineages["member"], lineages["donor"], lineages, lineages["source"])
        space = Space([SPACE["/lr"]])
        new = vary(Sets({"/lr": 0.9}), LEGAL, "lr * batch < 4", space=space, fork=fork)
        assert new == {"/lr": pytest.approx(0.375)}


class TestAllows:
    def test_all_conditions_have_to_hold(self):
        operator = ConstrainedExplore((PerturbExplore(),), ("lr < 0.5", "batch < 50"))
        points = [(0.4, 40), (0.4, 60), (0.6, 40)]
        allowed = [operator.allows({"/lr": lr, "/batch": batch}) for lr, batch in points]
        assert allowed == [True, False, False]

    def test_those_of_operators_inside_it_too(self):
        inner = ConstrainedExplore((PerturbExplore(),), "lr < 0.5")
        outer = ConstrainedExplore((inner,), "batch < 50")
        assert outer.allows({"/lr": 0.4, "/batch": 40})
        assert not outer.allows({"/lr": 0.6, "/batch": 40})

    def test_a_function_of_the_users(self, tmp_path, monkeypatch):
        text = "def small(params): return params['/lr'] < 0.5\ndef bad(params): return 'yes'\n"
        (tmp_path / "conditions_of_a_test.py").write_text(text)
        monkeypatch.chdir(tmp_path)
        operator = ConstrainedExplore((ResampleExplore(1),), "conditions_of_a_test:small")
        assert [operator.allows({"/lr": lr}) for lr in (0.4, 0.6)] == [True, False]
        operator.check(SPACE)
        new = vary(ResampleExplore(1), LEGAL, "conditions_of_a_test:small")
        assert new["/lr"] < 0.5
        with pytest.raises(ConfigurationError, match="it returned 'yes'. Return True or False"):
            ConstrainedExplore((ResampleExplore(1),), "conditions_of_a_test:bad").allows(LEGAL)


class TestRefused:
    @pytest.mark.parametrize(
        ("constraints", "message"),
        [
            ((), r"constraints is \(\), but it takes at least one condition"),
            ((5,), "constraints is .* as text"),
            (2.5, "constraints is 2.5, .* as text"),
            (True, "constraints is True, .* as text"),
            ("lr <", "constraints is 'lr <', but it cannot be understood"),
            ("no_such_module_of_mine:f", "importing no_such_module_of_mine failed"),
        ],
    )
    def test_impossible_conditions(self, constraints, message):
        with pytest.raises(ConfigurationError, match=message):
            ConstrainedExplore((PerturbExplore(),), constraints)

    @pytest.mark.parametrize("attempts", [0, 1.5, None])
    def test_impossible_attempts(self, attempts):
        with pytest.raises(ConfigurationError, match=f"attempts is {attempts}, but it must be"):
            ConstrainedExplore((PerturbExplore(),), "lr < 1", attempts)

    @pytest.mark.parametrize(
        ("constraint", "message"),
        [
            ("lr * bacth < 1", "the search space has no 'bacth'. It has act, batch, lr"),
            ("lr > 1", "of 1000 draws from the prior not one satisfies it"),
            ("act < 1", "it fails: '<' not supported"),
        ],
    )
    def test_what_cannot_work_in_this_space(self, constraint, message):
        with pytest.raises(ConfigurationError, match=message):
            ConstrainedExplore((PerturbExplore(),), constraint).check(SPACE)

    def test_what_the_inner_operator_refuses(self):
        with pytest.raises(ConfigurationError, match="'odds', but /batch is no real number"):
            ConstrainedExplore((PerturbExplore(scale="odds"),), "lr < 1").check(SPACE)


def test_the_first_operator_that_changes_anything_decides():
    operator = ConstrainedExplore((ResampleExplore(0), Sets({"/lr": 0.3})), "lr < 0.5")
    new = operator(numpy.random.default_rng(0), SPACE, LEGAL, make_fork(LEGAL))
    assert new == {**LEGAL, "/lr": 0.3}
    with pytest.raises(ConfigurationError, match="ConstrainedExplore.explore_configs is"):
        ConstrainedExplore((), "lr < 0.5")


def test_one_condition_may_stand_alone():
    one = ConstrainedExplore((PerturbExplore(),), "lr < 1")
    assert one == ConstrainedExplore((PerturbExplore(),), ("lr < 1",))
