"""Whether a worker may yet go back to a member that was replaced."""

from __future__ import annotations

import math

import pytest

from orion_pbt.checkpoints.replaced import is_replaced_for_good
from orion_pbt.exploit import TournamentExploit, TruncateExploit
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member

RULE = TruncateExploit(4, 0.75, 0.25)


def generation(*scores):
    """Return a generation of roots with these scores, named by their places."""
    return add(Lineages(), *scores)


def add(lineages, *scores, prefix=""):
    """Add members with these scores."""
    for number, score in enumerate(scores):
        lineages.add(Member(f"{prefix}{number}", {}))
        lineages.complete(f"{prefix}{number}", score)
    return lineages


@pytest.mark.parametrize(
    ("key", "most", "expected"),
    [("3", 4, True), ("2", 4, False), ("3", 5, True), ("3", 6, False), ("0", 4, False)],
)
def test_those_to_come_may_be_worse(key, most, expected):
    assert is_replaced_for_good(RULE, key, generation(0, 1, 2, 3), most) is expected


@pytest.mark.parametrize(
    "rule",
    [
        TruncateExploit(5, 0.75, 0.25),  # it waits for a fifth, perhaps in vain
        TruncateExploit(2, 0.75, 1.0),  # it may draw the member itself
        TournamentExploit(2),  # whoever is drawn may be worse
    ],
)
def test_rules_that_may_let_the_last_one_go_on(rule):
    assert not is_replaced_for_good(rule, "3", generation(0, 1, 2, 3), 4)


def test_nobody_is_worth_a_copy():
    assert not is_replaced_for_good(RULE, "3", generation(*4 * [math.nan]), 4)


def test_whom_nobody_is_compared_with_any_more():
    lineages = generation(0, 1, 2, 3)
    lineages.archive(1)
    add(lineages, 0, 1, 2, 3, prefix="new ")
    assert is_replaced_for_good(RULE, "new 3", lineages, 4)
    assert not is_replaced_for_good(RULE, "3", lineages, 4)
