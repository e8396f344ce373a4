"""Population based training finds what random search does not, over many seeds."""

from __future__ import annotations

import pytest
from search_quality.measuring import Job, measure
from search_quality.statistics import estimate_difference

pytestmark = pytest.mark.slow
SEEDS = range(20)


def scores(letter, setting):
    return [measure(Job(letter, setting, seed)).score for seed in SEEDS]


@pytest.mark.parametrize("letter", ["A", "B1", "C", "D", "E", "F"])
@pytest.mark.parametrize("control", ["random", "no explore", "no selection"])
def test_the_default_is_above_its_controls(letter, control):
    assert estimate_difference(scores(letter, "default"), scores(letter, control)).low > 0


@pytest.mark.parametrize("letter", ["A", "B1", "B2", "C", "D", "E", "F"])
def test_the_default_is_not_below_the_reference(letter):
    assert estimate_difference(scores(letter, "default"), scores(letter, "reference")).high >= 0


def test_greed_does_not_pay_on_the_deceptive_task():
    """What the literature says of plain truncation: random search is better here."""
    assert estimate_difference(scores("B2", "default"), scores("B2", "random")).high < 0
