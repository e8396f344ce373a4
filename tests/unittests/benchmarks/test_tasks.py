"""The tasks are what they are said to be: their limits, their traps, and what is known to be found.

The numbers are those of the definitions, and of a plain PBT that was written apart from this one.
"""

from __future__ import annotations

import math
import statistics

import numpy
import pytest
from search_quality.measuring import Job, measure
from search_quality.tasks import TASKS, noisy_quadratic
from search_quality.tasks import cliff as cliff_task

from orion_pbt.testing.simulation import simulate

CALM = [letter for letter, task in TASKS.items() if not task.replays]


def rng(seed=0):
    return numpy.random.default_rng(seed)


def at_once(task, params, end=None):
    return task.train(task.begin(rng()), params, 0, end or task.horizon, rng())[1]


class TestLimits:
    @pytest.mark.parametrize("letter", CALM)
    def test_by_hand_the_limit_is_reached(self, letter):
        task = TASKS[letter]
        digits = {"A": 4, "B1": 4}.get(letter, 3)  # as the limits are written
        assert task.follow(rng()) == pytest.approx(task.limit, abs=0.6 * 10**-digits)

    def test_triangle(self):
        task = TASKS["C"]
        each_step = statistics.fmean(task.follow(rng(seed), 1) for seed in range(200))
        assert each_step == pytest.approx(100, abs=4 * 4.1 / 200**0.5)
        each_interval = statistics.fmean(task.follow(rng(seed)) for seed in range(200))
        assert each_interval == pytest.approx(98, abs=1.5)

    def test_cliff(self):
        found = [TASKS["G"].follow(rng(seed)) for seed in range(100)]
        assert max(found) == statistics.median(found) == -13
        assert statistics.fmean(found) == pytest.approx(-13.3, abs=0.4)

    @pytest.mark.parametrize("letter", TASKS)
    def test_a_target_is_within_the_limit(self, letter):
        # Selection adds luck to the limits of the tasks that have any.
        assert TASKS[letter].target <= TASKS[letter].limit


class TestGreed:
    """Where greed is punished, what it scores is known."""

    def test_deceptive(self):
        assert at_once(TASKS["B2"], {"h": 1e-4}) == pytest.approx(0.827, abs=0.0006)

    def test_noisy_quadratic(self):
        task = TASKS["D"]
        state, score = task.begin(rng()), None
        for begin in range(0, task.horizon, task.interval):
            steps = numpy.geomspace(1e-3, 1, 400)
            tried = [
                task.train(state, {"alpha": step}, begin, begin + task.interval, rng())
                for step in steps
            ]
            state, score = max(tried, key=lambda one: one[1])
        assert score == pytest.approx(2.141, abs=0.002)

    def test_the_schedule_by_hand_cannot_be_mended_anywhere(self, monkeypatch):
        best = noisy_quadratic.BEST
        reached = TASKS["D"].follow(rng())
        for place in range(len(best)):
            for factor in (0.97, 1.03):
                other = (*best[:place], best[place] * factor, *best[place + 1 :])
                monkeypatch.setattr(noisy_quadratic, "BEST", other)
                assert TASKS["D"].follow(rng()) < reached + 1e-6


class TestDefinitions:
    @pytest.mark.parametrize("letter", ["A", "B1", "B2", "C", "D", "E", "F"])
    def test_in_stretches_it_trains_as_at_once(self, letter):
        task = TASKS[letter]
        params = task.by_hand(task.begin(rng()), 0)
        luck = rng(1)
        state, score = task.begin(luck), None
        for begin in range(0, task.horizon, task.interval):
            state, score = task.train(state, params, begin, begin + task.interval, luck)
        luck = rng(1)
        whole = task.train(task.begin(luck), params, 0, task.horizon, luck)[1]
        assert score == pytest.approx(whole, rel=1e-9)

    def test_quadratic_is_blind_to_a_side_that_counts_for_nothing(self):
        assert at_once(TASKS["A"], {"h0": 1, "h1": 0}) == pytest.approx(0.39, abs=0.001)

    def test_deceptive_punishes_the_history(self):
        """Both stay one interval; the second pays for what it did in the first."""
        task, interval = TASKS["B2"], TASKS["B2"].interval
        speeds = []
        for first in (1.0, 0.5):
            state, _ = task.train(task.begin(rng()), {"h": first}, 0, interval, rng())
            after, _ = task.train(state, {"h": 0.98}, interval, 2 * interval, rng())
            speeds.append((1 - (after[0] / state[0]) ** (1 / interval)) / 0.002)
        assert speeds == pytest.approx([1.02, 0.92])

    @pytest.mark.parametrize(
        ("accuracy", "best"), [(0, 0.001), (50, 0.005), (100, 0.01), (150, 0.005), (195, 0.001)]
    )
    def test_triangle_rises_and_falls(self, accuracy, best):
        task = TASKS["C"]
        assert task.by_hand(accuracy, 0) == {"lr": pytest.approx(best)}
        luck = rng(3).random()
        gains = {
            ratio: task.train(accuracy, {"lr": best * ratio}, 0, 1, rng(3))[1] - accuracy
            for ratio in (1, 2, 0.5, 4, 0.25)
        }
        lost = min(luck, accuracy)  # there is nothing below 0
        assert gains == pytest.approx({1: luck, 2: luck / 2, 0.5: luck / 2, 4: -lost, 0.25: 0})

    def test_noisy_quadratic_is_what_one_step_makes_of_the_next(self):
        variances, alpha = numpy.ones(20), 0.3
        curvature = 1 / numpy.arange(1, 21)
        for _ in range(50):
            variances = (1 - alpha * curvature) ** 2 * variances + alpha**2 * curvature / 4
        expected = -math.log10(0.5 * (curvature * variances).sum())
        assert at_once(TASKS["D"], {"alpha": alpha}, 50) == pytest.approx(expected)

    def test_orbit_gains_nothing_far_from_it(self):
        assert at_once(TASKS["E"], {"x": 0.5, "y": 0.5}) == 0  # 0.4 from everywhere
        here = TASKS["E"].train(0.0, {"x": 0.9, "y": 0.5}, 0, 1, rng())[0]
        assert here == 1

    def test_mixed_counts_a_wrong_kind_less(self):
        best = {"a": 0.1, "b1": 0.9, "b2": 8}
        for kind in "ABC":
            assert at_once(TASKS["F"], {"kind": kind, **best}) == pytest.approx(1.6 / 3)
        assert at_once(TASKS["F"], {"kind": "A", **best, "a": 1}, 100) == pytest.approx(
            math.exp(-2) / 3
        )
        assert at_once(TASKS["F"], {"kind": "B", **best, "b1": 0.7}, 100) == pytest.approx(
            0.3 * math.exp(-1) / 3
        )
        assert at_once(TASKS["F"], {"kind": "B", **best, "b2": 4}, 100) == pytest.approx(
            0.3 * math.exp(-1) / 3
        )


class TestCliff:
    def test_the_grid(self):
        up, down, left, right = range(4)
        moves = cliff_task.MOVES
        assert moves[36][up] == (24, -1)
        assert moves[36][left] == moves[36][down] == (36, -1)  # walls
        assert moves[36][right] == (36, -100)  # the cliff begins beside the start
        assert moves[34][down] == (36, -100)
        assert moves[35][down] == (47, -1)
        falls = [
            (cell, move) for cell in range(48) for move in range(4) if moves[cell][move][1] < -1
        ]
        assert len([one for one in falls if not 36 < one[0] < 47]) == 10 + 2

    def test_without_curiosity_the_shortest_way_is_learnt(self):
        task = TASKS["G"]
        values, first = task.train(task.begin(rng()), {"alpha": 1.0, "epsilon": 0}, 0, 20, rng())
        assert first < -30
        assert task.train(values, {"alpha": 1.0, "epsilon": 0}, 20, 400, rng())[1] > -20
        late = task.train(values, {"alpha": 1.0, "epsilon": 0}, 20, 400, rng())[0]
        assert task.train(late, {"alpha": 0.1, "epsilon": 0}, 400, 420, rng())[1] == -13

    def test_the_parents_values_stay(self):
        task = TASKS["G"]
        values = task.begin(rng())
        task.train(values, {"alpha": 1.0, "epsilon": 0.1}, 0, 1, rng())
        assert values == task.begin(rng())


class TestDigits:
    PARAMS = {"lr": 0.1, "momentum": 0.9, "alpha": 1e-4, "batch": 64}  # noqa: RUF012

    def test_each_hyperparameter_reaches_a_resumed_network(self):
        """With a step of nothing and no momentum, weights stay; with the saved ones they move."""
        task = TASKS["H"]
        network, score = task.train(None, self.PARAMS, 0, 1, rng())
        assert -2.3 < score < 0
        before = network.coefs_[0].copy()
        other = {"lr": 1e-30, "momentum": 0.0, "alpha": 0.125, "batch": 16}
        network, _ = task.train(network, other, 1, 2, rng())
        numpy.testing.assert_array_equal(network.coefs_[0], before)
        assert (network._optimizer.learning_rate, network._optimizer.momentum) == (1e-30, 0.0)
        assert (network.alpha, network.batch_size) == (0.125, 16)
        task.train(network, self.PARAMS, 2, 3, rng())
        assert abs(network.coefs_[0] - before).max() > 0.01

    def test_luck_is_in_the_first_weights_and_in_the_order(self):
        task = TASKS["H"]
        first, again, other = (task.train(None, self.PARAMS, 0, 1, rng(s))[1] for s in (0, 0, 1))
        assert first == again != other

    def test_weights_that_overflow_score_nothing_and_are_not_kept(self):
        wild = {"lr": 1e30, "momentum": 0.99, "alpha": 0.1, "batch": 16}
        with numpy.errstate(all="ignore"):
            assert TASKS["H"].train(None, wild, 0, 1, rng()) == (None, -math.inf)

    def test_the_parts_of_the_data_are_disjoint(self):
        from search_quality.tasks.digits import load

        parts = [images for images, _ in load()]
        rows = {image.tobytes() for images in parts for image in images}
        assert len(rows) == sum(map(len, parts)) == 1797
        assert [round(len(images) / 1797, 2) for images in parts] == [0.7, 0.15, 0.15]


class TestKnownResults:
    """Best of 8 random members, and a plain PBT; 30 seeds of a program of its own."""

    @staticmethod
    def mean(letter, setting, seeds):
        return statistics.fmean(measure(Job(letter, setting, seed)).score for seed in range(seeds))

    @pytest.mark.parametrize(
        ("letter", "expected", "tolerance"),
        [
            ("A", 1.194, 0.002),
            ("B1", 1.189, 0.0005),
            ("B2", 1.036, 0.01),
            ("C", 48.4, 8),
            ("D", 1.811, 0.12),
            ("E", 0.174, 0.004),
            ("F", 0.533, 0.006),
        ],
    )
    @pytest.mark.slow
    def test_random_search(self, letter, expected, tolerance):
        assert self.mean(letter, "random", 30) == pytest.approx(expected, abs=tolerance)

    @pytest.mark.parametrize(
        ("letter", "factor_1_2", "factor_2", "tolerance"),
        [
            ("A", 1.199, 1.199, 0.0006),
            ("B1", 1.200, 1.200, 0.0006),
            ("B2", 0.952, 0.907, 0.03),
            ("C", 90.2, 88.2, 4),
            ("D", 2.266, 2.322, 0.05),
            ("E", 0.609, 0.663, 0.08),
            ("F", 0.647, 0.669, 0.08),
            ("G", -13, -13, 0.01),
        ],
    )
    @pytest.mark.slow
    def test_plain_pbt(self, letter, factor_1_2, factor_2, tolerance):
        seeds = 10 if letter == "G" else 30
        for setting, expected in (("reference", factor_1_2), ("reference x2", factor_2)):
            found = self.mean(letter, setting, seeds)
            assert found == pytest.approx(expected, abs=tolerance), setting

    @pytest.mark.slow
    @pytest.mark.timeout(600)
    def test_digits(self):
        # A bad seed of random search is very bad.
        assert self.mean("H", "random", 6) == pytest.approx(-0.088, abs=0.03)
        assert self.mean("H", "reference", 6) == pytest.approx(-0.065, abs=0.012)


def test_roots_are_drawn_from_where_the_task_says():
    task = TASKS["B1"]
    run = simulate(task, {"population_size": 8, **task.settings}, seed=1)
    roots = [root.item.params["h"] for root in run.lineages.roots]
    assert len(roots) == 8
    assert all(0.9 <= h <= 1.1 for h in roots)
    assert min(member.params["h"] for member in run.lineages) < 0.8


@pytest.mark.parametrize("letter", TASKS)
def test_trials_are_as_long_as_the_interval(letter):
    task = TASKS[letter]
    run_length = task.settings["generations"] + 1
    assert run_length * task.interval == task.horizon
    assert task.space["steps"] == f"fidelity({task.interval}, {task.horizon}, base=1)"
