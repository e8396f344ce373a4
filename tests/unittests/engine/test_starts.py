"""Tests of where roots start, and of copies, where constraints forbid some hyperparameters."""

from __future__ import annotations

import itertools

import pytest

from orion_pbt.engine import Engine
from orion_pbt.engine.starts import POINT_DRAWS
from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import CopyFrom, Exploit, Keep, TruncateExploit
from orion_pbt.explore import (
    ByNameExplore,
    ConstrainedExplore,
    PerturbExplore,
    PipelineExplore,
    ResampleExplore,
)
from orion_pbt.space import Integer, Real, Space

LR, BATCH = Real("/lr", low=0, high=1), Integer("/batch", low=1, high=100)
SPACE = Space([LR, BATCH])
RULE = TruncateExploit(2, 0.5, 0.5)


class Copies(Exploit):
    """Everybody but the donor copies it."""

    def __init__(self, **how):
        self.how = how

    def __call__(self, rng, member, lineages):
        return Keep() if member.key == "donor" else CopyFrom("donor", **self.how)


class ForbidsTheUnlucky(PerturbExplore):
    """A user's operator that overrides nothing but `allows`."""

    def allows(self, params):
        return params["/batch"] != 13


def constrained(*constraints):
    return ConstrainedExplore((PerturbExplore(),), constraints)


def make_engine(points=(), *constraints, size=8, explore=None, **settings):
    operator = explore or constrained(*constraints or ["batch * lr < 10"])
    return Engine(SPACE, size, 2, RULE, operator, initial_points=points, **settings)


class TestWholePoints:
    def test_one_that_is_allowed_is_the_first_root(self):
        point = {"/lr": 0.5, "/batch": 19}
        assert make_engine([point]).ask(1)[0].params == point

    @pytest.mark.parametrize(
        "explore",
        [
            constrained("lr > 0.1", "batch < 20"),
            PipelineExplore((ResampleExplore(), constrained("batch < 20"))),
            ByNameExplore({"/batch": constrained("batch < 20")}, (PerturbExplore(),)),
            ConstrainedExplore((constrained("batch < 20"),), "lr > 0.1"),
        ],
    )
    def test_one_that_is_not_is_refused_with_point_rule_and_remedy(self, explore):
        points = [{"/lr": 0.5, "/batch": 1}, {"/lr": 0.5, "/batch": 20}]
        with pytest.raises(ConfigurationError) as caught:
            make_engine(points, explore=explore)
        assert str(caught.value) == (
            "Number 2 of initial_points is {'/lr': 0.5, '/batch': 20}, but explore does not allow "
            "it: it breaks the constraint 'batch < 20'. Change the point, or the constraint."
        )

    def test_what_a_users_operator_forbids_is_told_by_its_name(self):
        with pytest.raises(ConfigurationError, match="it: ForbidsTheUnlucky forbids it"):
            make_engine([{"/lr": 0.5, "/batch": 13}], explore=ForbidsTheUnlucky())

    def test_without_explore_all_is_allowed(self):
        point = {"/lr": 1.0, "/batch": 100}
        engine = Engine(SPACE, 2, 1, RULE, None, initial_points=[point])
        assert engine.ask(1)[0].params == point


class TestPartialPoints:
    def test_the_rest_is_drawn_until_it_is_allowed(self):
        for seed in map(str, range(20)):
            first, second = make_engine([{"/lr": 0.9}, {"/batch": 90}], seed=seed).ask(2)
            assert first.params["/lr"] == 0.9
            assert first.params["/batch"] < 10 / 0.9
            assert second.params["/batch"] == 90
            assert second.params["/lr"] < 10 / 90

    def test_what_is_allowed_at_once_is_not_drawn_again(self):
        free = Engine(SPACE, 8, 2, RULE, PerturbExplore(), initial_points=[{"/lr": 0.01}])
        assert make_engine([{"/lr": 0.01}]).ask(1) == free.ask(1)

    def test_one_that_nothing_completes_is_refused(self):
        with pytest.raises(ConfigurationError) as caught:
            make_engine([{"/lr": 0.9}], "lr < 0.5")
        assert str(caught.value) == (
            "Number 1 of initial_points is {'/lr': 0.9}, but explore allows none of "
            f"{POINT_DRAWS} draws of what it leaves out: it breaks the constraint 'lr < 0.5'. "
            "Change the point or complete it, or loosen the constraint."
        )

    def test_one_whose_first_choice_exists_keeps_what_was_given(self):
        plain = make_engine([{"/lr": 0.01}])
        (root,) = make_engine([{"/lr": 0.01}]).ask(1)
        inserted = make_engine([{"/lr": 0.01}], size=9)
        key = inserted._branching.key_of(root.params, 0, None, None)
        inserted.insert(key, root.params)
        (other,) = inserted.ask(1)
        assert plain.ask(1) == [root]
        assert other.params["/lr"] == 0.01
        assert other.params["/batch"] != root.params["/batch"]


def test_priors_of_roots_that_meet_no_constraint_are_refused():
    initial = Space([Real("/lr", low=0.6, high=1), BATCH])
    with pytest.raises(ConfigurationError) as caught:
        make_engine((), "lr < 0.5", initial=initial)
    assert str(caught.value) == (
        "What roots are drawn from is ['/lr', '/batch'], but explore allows none of 1000 draws: it "
        "breaks the constraint 'lr < 0.5'. Choose other priors in initial, or loosen the "
        "constraint."
    )


class TestCopies:
    CONSTRAINT = "batch <= 30 and lr <= 0.25"

    def copies(self, params, **how):
        """Return the members that eight copy, under Oríon's ids, which do not know the base."""
        engine = Engine(
            SPACE,
            8,
            2,
            Copies(**how),
            constrained(self.CONSTRAINT),
            key_of=lambda params, generation, parent, base: f"{parent} {sorted(params.items())}",
        )
        engine.insert("donor", params)
        engine.tell("donor", 0.0)
        for number in range(7):
            engine.insert(f"loser {number}", {"/lr": 0.1, "/batch": 1 + number})
            engine.tell(f"loser {number}", 1.0)
        return [member for member in engine.ask(8) if member.base is not None]

    @pytest.mark.parametrize("how", [{}, {"varies": False}, {"redraws": True}])
    def test_are_allowed_where_the_copied_one_is(self, how):
        allows = constrained(self.CONSTRAINT).allows
        found = self.copies({"/lr": 0.25, "/batch": 30}, **how)
        assert len(found) == 7
        assert all(allows(member.params) for member in found)
        assert len({tuple(member.params.values()) for member in found}) == 7

    def test_the_smallest_changes_go_the_way_that_is_allowed(self):
        found = [m.params for m in self.copies({"/lr": 0.25, "/batch": 30}, varies=False)]
        near = [params for params in found if params["/batch"] == 30 and params["/lr"] > 0.2499]
        assert sorted(0.25 - params["/lr"] for params in near[:5]) == pytest.approx(
            [n * 1e-10 for n in range(1, 6)], rel=1e-3
        )

    def test_one_that_is_not_allowed_itself_is_nudged_all_the_same(self):
        found = self.copies({"/lr": 0.5, "/batch": 30}, varies=False)
        assert len(found) == 7
        assert sum(member.params["/lr"] == pytest.approx(0.5) for member in found) > 1


class TestFrozen:
    """Copies that are not varied."""

    SPACE = Space([Real("/wd", low=0, high=1), Real("/lr", low=0, high=1)])
    MUTATION = Space([Real("/lr", low=0, high=0.8)])

    def copy(self, explore, params_of, base="loser"):
        """Return what copies the donor's weights, under ids that do not know the base."""
        engine = Engine(
            self.SPACE,
            3,
            2,
            Copies(varies=False, params_of=params_of),
            explore,
            key_of=lambda params, generation, parent, base: f"{parent} {sorted(params.items())}",
            mutation=self.MUTATION,
        )
        roots = {"donor": (0.2, 0.8), "loser": (0.5, 0.2), "source": (0.8, 0.6)}
        for number, (key, (wd, lr)) in enumerate(roots.items()):
            engine.insert(key, {"/wd": wd, "/lr": lr})
            engine.tell(key, float(number))
        return next(member for member in engine.ask(3) if member.base == base)

    def test_frozen_ones_are_those_of_the_weights(self):
        assert self.copy(None, "source").params == {"/wd": 0.2, "/lr": 0.6}

    def test_where_the_mixture_is_not_allowed_another_one_is_found(self):
        explore = constrained("lr > 0.7 or wd > 0.5")
        params = self.copy(explore, "source").params
        assert params["/wd"] == 0.2
        assert params["/lr"] > 0.7

    def test_the_smallest_changes_stay_inside_the_range_and_off_the_frozen(self):
        params = self.copy(None, None).params
        assert params["/wd"] == 0.2
        assert 0.79 < params["/lr"] < 0.8

    def test_what_the_weights_were_inserted_with_does_not_loosen_the_constraint(self):
        explore = constrained("lr <= 0.6")  # the donor's is 0.8
        assert self.copy(explore, "source").params == {"/wd": 0.2, "/lr": 0.6}
        second = self.copy(explore, "source", base="source").params
        assert 0.59 < second["/lr"] < 0.6


def test_restarts_and_copies_of_a_whole_run_stay_allowed():
    engine = make_engine(
        [{"/lr": 0.9}], "batch * lr < 10", explore=constrained("batch * lr < 10"), size=4
    )
    allows = constrained("batch * lr < 10").allows
    for number in itertools.count():
        asked = engine.ask(4)
        if not asked:
            break
        for member in asked:
            assert allows(member.params)
            engine.tell(member.key, (number * 7 + len(member.key)) % 5)
    assert engine.is_done
