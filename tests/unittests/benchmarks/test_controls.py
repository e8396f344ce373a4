"""The controls leave out what they say, and the textbook's exploration is the textbook's."""

from __future__ import annotations

import collections

import numpy
import pytest
from search_quality.measuring import Job, measure
from search_quality.settings import CONTROLS, SETTINGS
from search_quality.tasks import TASKS
from search_quality.textbook import TextbookExplore

from orion_pbt.explore import Fork
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Categorical, Integer, Real, Space
from orion_pbt.testing.simulation import simulate

FORK = Fork(Member("loser", {}), Member("donor", {}), Lineages())


def run(setting, letter="D"):
    task = TASKS[letter]
    return simulate(task, {"population_size": 8, **task.settings, **SETTINGS[setting]}, seed=1)


def schedules(found):
    """Return the learning rates of the line of each member that went all the way."""
    last = found.lineages.completed_at(found.algorithm.generations)
    return [[one.params["alpha"] for one in found.lineages.line(member.key)] for member in last]


class TestControls:
    def test_random_search_goes_on_with_what_it_drew(self):
        found = run("random")
        assert not any(member.base for member in found.lineages)
        assert all(len(set(rates)) == 1 for rates in schedules(found))
        assert len({rates[0] for rates in schedules(found)}) == 8

    def test_without_selection_weights_stay_and_hyperparameters_move(self):
        found = run("no selection")
        assert not any(member.base for member in found.lineages)
        steps = [pair for rates in schedules(found) for pair in zip(rates, rates[1:])]
        assert len(steps) == 8 * 19
        assert all(rate != following for rate, following in steps)

    def test_without_exploration_weights_move_and_hyperparameters_stay(self):
        found = run("no explore")
        forks = [member for member in found.lineages if member.base is not None]
        assert len(forks) > 10
        for fork in forks:
            parent = found.lineages[fork.parent]
            assert fork.params["alpha"] == pytest.approx(parent.params["alpha"], rel=1e-3)
        rates = {round(rate, 2) for line in schedules(found) for rate in line[-1:]}
        assert len(rates) < 8

    @pytest.mark.parametrize("setting", sorted(set(SETTINGS) - {"backtrack"}))
    def test_each_setting_trains_the_same_number_of_steps(self, setting):
        assert measure(Job("D", setting, 0)).budget == 1

    def test_controls_are_settings(self):
        assert set(CONTROLS) < set(SETTINGS)


class TestTextbook:
    SPACE = Space(
        [
            Real("rate", low=0.01, high=1, log=True),
            Integer("size", low=1, high=16),
            Categorical("kind", choices=("a", "b", "c")),
            Real("pair", (2,), low=0, high=1),
        ]
    )
    PARAMS = {"rate": 0.1, "size": 2, "kind": "b", "pair": [0.5, 0.9]}  # noqa: RUF012

    def vary(self, seed, **options):
        rng = numpy.random.default_rng(seed)
        return TextbookExplore(**options)(rng, self.SPACE, self.PARAMS, FORK)

    def test_numbers_are_multiplied_or_divided_and_cut_off(self):
        found = [self.vary(seed, factor=2, probability=0) for seed in range(50)]
        assert {one["rate"] for one in found} == {0.05, 0.2}
        assert {one["size"] for one in found} == {1, 4}
        assert {one["kind"] for one in found} == {"b"}
        assert {tuple(one["pair"]) for one in found} == {
            (first, second) for first in (0.25, 1.0) for second in (0.45, 1.0)
        }

    def test_whole_numbers_may_round_to_what_they_were(self):
        found = [self.vary(seed, factor=1.2, probability=0) for seed in range(50)]
        assert {one["size"] for one in found} == {2}

    def test_a_quarter_is_drawn_anew_each_by_itself(self):
        found = [self.vary(seed, factor=2) for seed in range(1000)]
        anew = [one["rate"] not in (0.05, 0.2) for one in found]
        others = [one["kind"] != "b" for one in found]
        assert sum(anew) == pytest.approx(250, abs=45)
        assert sum(others) == pytest.approx(1000 / 6, abs=40)
        both = collections.Counter(zip(anew, others))
        assert both[True, True] == pytest.approx(1000 / 24, abs=20)
