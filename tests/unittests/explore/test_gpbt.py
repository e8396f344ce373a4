"""Tests of pairwise learning, with a scripted generator."""

from __future__ import annotations

import math

import numpy
import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.explore import Fork, GPBTExplore
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Categorical, Integer, Real, Space

LEARN, DRAW = 0.9, 0.1
"""What `Generator.random` gives where a hyperparameter is learned, or drawn from its prior."""


class Scripted:
    """Stands in for a random generator: gives what was written down."""

    def __init__(self, *values):
        self.values = list(values)

    def random(self):
        return self.values.pop(0)

    def uniform(self, low, high):
        return low + (high - low) * self.values.pop(0)

    def choice(self, count, p=None):
        return self.values.pop(0)


def make_fork(line, winner):
    """Return the fork of the last member of a line, given by its values, and a better root."""
    lineages = Lineages()
    for generation, value in enumerate(line):
        parent = f"loser {generation - 1}" if generation else None
        lineages.add(Member(f"loser {generation}", {"x": value}, generation, parent))
        lineages.complete(f"loser {generation}", 1.0)
    lineages.add(Member("winner", {"x": winner}))
    donor = lineages.complete("winner", 0.0)
    return Fork(lineages[f"loser {len(line) - 1}"], donor, lineages)


def learn(dimension, line, winner, *draws, **settings):
    """Return what the last of a line learns from a winner; check that all draws were used."""
    rng = Scripted(*draws)
    fork = make_fork(line, winner)
    space = Space([dimension])
    new = GPBTExplore(**settings)(rng, space, {"x": winner}, fork)
    assert rng.values == []
    return new["x"]


X = Real("x", low=0, high=10)


class TestNumbers:
    def test_the_loser_goes_part_of_the_way_to_the_winner(self):
        assert learn(X, [2.0], 6.0, LEARN, 0.5, 0.25) == pytest.approx(3)
        assert learn(X, [6.0], 2.0, LEARN, 0.5, 0.25) == pytest.approx(5)

    def test_and_repeats_part_of_its_lines_last_move(self):
        assert learn(X, [1.0, 2.0], 6.0, LEARN, 0.5, 0.25) == pytest.approx(3.5)
        assert learn(X, [1.0, 2.0, 2.0, 2.0], 6.0, LEARN, 0.5, 0.25) == pytest.approx(3.5)
        assert learn(X, [4.0, 1.0, 2.0], 6.0, LEARN, 0.5, 0.25) == pytest.approx(3.5)

    def test_after_a_jump_the_last_move_is_that_of_the_worker(self):
        fork = make_fork([1.0], 6.0)
        fork.lineages.add(Member("fork", {"x": 2.0}, 1, "winner", "loser 0"))
        member = fork.lineages.complete("fork", 2.0)
        rng = Scripted(LEARN, 0.5, 0.25)
        fork = Fork(member, fork.donor, fork.lineages)
        new = GPBTExplore()(rng, Space([X]), {"x": 6.0}, fork)
        assert new["x"] == pytest.approx(3.5)

    def test_weights_of_both(self):
        options = {"inertia": 2, "attraction": 0.5}
        assert learn(X, [1.0, 2.0], 6.0, LEARN, 0.5, 0.25, **options) == pytest.approx(3.5)

    def test_log_priors_move_on_the_log_scale(self):
        x = Real("x", low=1e-4, high=1, log=True)
        assert learn(x, [1e-4], 1e-2, LEARN, 0.0, 0.5) == pytest.approx(1e-3)

    def test_bounds_hold(self):
        assert learn(X, [1.0, 9.0], 9.5, LEARN, 1.0, 1.0) == 10.0

    def test_outside_of_a_narrower_range_it_starts_from_the_bound(self):
        assert learn(X, [-4.0], 6.0, LEARN, 0.0, 0.5) == pytest.approx(3)
        x = Real("x", low=1e-4, high=1, log=True)
        assert learn(x, [-4.0], 1e-2, LEARN, 0.0, 0.5) == pytest.approx(1e-3)

    @pytest.mark.parametrize("kind", [Real, Integer])
    def test_without_bounds_it_stays_finite(self, kind):
        x = kind("x", prior=lambda rng: 0, spread=2.0)
        new = learn(x, [0, 1], 3, LEARN, 1.0, 0.0, inertia=1e308)
        assert new == 1 + 2e6

    def test_now_and_then_a_hyperparameter_is_drawn_from_its_prior(self):
        assert learn(X, [1.0], 9.0, DRAW, 0.7) == 7.0
        assert learn(X, [1.0], 9.0, LEARN, 0.0, 0.5, resample_probability=0.9) == 5.0

    def test_whole_numbers_that_move_do_so_by_at_least_1(self):
        n = Integer("x", low=0, high=10)
        assert learn(n, [4], 5, LEARN, 0.0, 0.1) == 5
        assert learn(n, [4], 8, LEARN, 0.0, 0.5) == 6
        assert learn(n, [4], 4, LEARN, 0.5, 0.5) == 4

    def test_each_element_of_a_shape_by_itself(self):
        x = Real("x", shape=(2,), low=0, high=10)
        new = learn(x, [[1.0, 1.0]], [5.0, 9.0], LEARN, 0.0, 0.5, 0.0, 1.0)
        assert new == pytest.approx([3, 9])


class TestCategories:
    @pytest.mark.parametrize(("draw", "expected"), [(0.4, "b"), (0.6, None)])
    def test_the_winners_or_the_own(self, draw, expected):
        category = Categorical("x", choices=(None, "a", "b"))
        assert learn(category, [None], "b", LEARN, draw) == expected

    def test_outside_of_a_narrower_range_it_is_drawn(self):
        category = Categorical("x", choices=("a", "b"))
        assert learn(category, ["a"], "z", LEARN, 0.4, 1) == "b"

    def test_numbers_move_from_one_to_the_next(self):
        batch = Categorical("x", choices=(64, 16, 128, 32))
        assert learn(batch, [16], 128, LEARN, 0.0, 0.7) == 64
        assert learn(batch, [16], 128, LEARN, 0.0, 0.1) == 32


def test_hyperparameters_have_their_own_weights():
    space = Space([Real("x", low=0, high=10), Real("y", low=0, high=10)])
    lineages = Lineages()
    lineages.add(Member("loser", {"x": 0.0, "y": 0.0, "frozen": 1}))
    lineages.add(Member("winner", {"x": 8.0, "y": 8.0, "frozen": 2}))
    fork = Fork(lineages.complete("loser", 1.0), lineages.complete("winner", 0.0), lineages)
    rng = Scripted(LEARN, 0.0, 0.25, LEARN, 0.0, 0.75)
    new = GPBTExplore()(rng, space, {"x": 8.0, "y": 8.0}, fork)
    assert new == pytest.approx({"x": 2.0, "y": 6.0})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inertia": -1}, "inertia is -1, but it must be at least 0"),
        ({"inertia": math.nan}, "inertia is nan"),
        ({"attraction": 0}, "attraction is 0, but it must be above 0"),
        ({"attraction": "1"}, "attraction is '1'"),
        ({"resample_probability": 1.5}, "resample_probability is 1.5, but it must be inside"),
    ],
)
def test_impossible_settings_are_named(options, message):
    with pytest.raises(ConfigurationError, match=f"GPBTExplore.{message}"):
        GPBTExplore(**options)


def test_without_inertia_and_draws_it_stays_between_loser_and_winner():
    operator = GPBTExplore(inertia=0, resample_probability=0)
    fork = make_fork([2.0], 6.0)
    for seed in range(50):
        new = operator(numpy.random.default_rng(seed), Space([X]), {"x": 6.0}, fork)["x"]
        assert 2 <= new <= 6
