"""Trials a minute."""

from __future__ import annotations

import pytest

from orion_pbt.console.pace import Counted, pace_of


class TestFromTimes:
    def test_nothing_was_completed(self):
        assert pace_of([], 100.0) is None
        assert pace_of([(0.0, None), (None, 5.0)], 100.0) is None

    def test_since_the_first_of_the_last_was_begun(self):
        # Two workers, a trial takes 10 s: four in 20 s.
        completed = [(0.0, 10.0), (0.0, 10.0), (10.0, 20.0), (10.0, 20.0)]
        assert pace_of(completed, 20.0) == pytest.approx(12.0)

    def test_what_was_long_ago_does_not_count(self):
        completed = [(0.0, 10.0), (5000.0, 5010.0)]
        assert pace_of(completed, 5040.0) == pytest.approx(60 / 40)

    def test_no_further_back_than_ten_minutes(self):
        # One trial was begun before; six end in the last ten minutes.
        completed = [(n * 100.0, (n + 1) * 100.0) for n in range(10)]
        assert pace_of(completed, 1000.0) == pytest.approx(0.6)

    def test_nothing_for_ten_minutes_is_no_pace(self):
        assert pace_of([(0.0, 10.0)], 620.0) is None

    def test_trials_that_take_longer_are_looked_for_further_back(self):
        completed = [(0.0, 3600.0), (3600.0, 7200.0)]
        assert pace_of(completed, 9000.0) == pytest.approx(2 / 150)

    def test_clocks_that_differ_do_no_harm(self):
        assert pace_of([(100.0, 101.0)], 100.0) > 0


class TestByCounting:
    def test_one_look_tells_nothing(self):
        assert Counted().note(0.0, 7) is None

    def test_between_looks(self):
        counted = Counted()
        counted.note(0.0, 7)
        assert counted.note(30.0, 7) is None
        assert counted.note(60.0, 10) == pytest.approx(3.0)

    def test_what_was_long_ago_is_forgotten(self):
        counted = Counted()
        counted.note(0.0, 0)
        counted.note(100.0, 100)
        assert counted.note(690.0, 100) is None
        assert counted.note(700.0, 101) == pytest.approx(60 / 600)
