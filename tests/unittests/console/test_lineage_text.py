"""Tests of the lineage as text, exact to the character."""

from __future__ import annotations

import math

from orion_pbt.console import format_tree
from orion_pbt.console.tree import LEGEND
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member


def grow(*members):
    """Return lineages of (key, learning rate, parent, base, objective)."""
    lineages = Lineages()
    for key, rate, parent, base, objective in members:
        generation = lineages[parent].generation + 1 if parent else 0
        lineages.add(Member(key, {"/lr": rate, "/n": 3}, generation, parent or None, base or None))
        if objective == "broken":
            lineages.break_(key)
        elif objective is not None:
            lineages.complete(key, objective)
    return lineages


def test_a_population_in_the_middle_of_a_run():
    lineages = grow(
        *[("aaaaaaaa", 0.1, "", "", 1.0), ("bbbbbbbb", 0.5, "", "", 2.0)],
        *[
            ("cccccccc", 0.1, "aaaaaaaa", "", 0.5),
            ("dddddddd", 0.12, "aaaaaaaa", "bbbbbbbb", "broken"),
        ],
        *[("eeeeeeee", 0.083333, "aaaaaaaa", "bbbbbbbb", 0.25)],
        *[
            ("ffffffff", 0.083333, "eeeeeeee", "", math.nan),
            ("gggggggg", 0.1, "cccccccc", "", None),
        ],
    )
    assert format_tree(lineages) == "\n".join(
        [
            "┃ aaaaaaa lr=0.1 n=3  [generation 0: 1 → 0.5 → …]",
            "     ddddddd ↳ lr=0.12  [generation 1: ✗]",
            "┃    eeeeeee ↳ lr=0.08333  [generation 1: 0.25 ★ → nan]",
            "  bbbbbbb lr=0.5 n=3  [generation 0: 2 ⊣]",
            LEGEND,
        ]
    )


def test_no_trial_yet():
    assert format_tree(Lineages()) == "No trial yet."


def test_a_person_reads_what_was_reported():
    lineages = grow(("a", 0.1, "", "", None))
    lineages.complete("a", -0.9, reported=0.9)
    assert format_tree(lineages).startswith("┃ a lr=0.1 n=3  [generation 0: 0.9 ★]\n")


def test_a_copy_without_any_change_is_a_row_of_its_own():
    lineages = grow(
        *[("a", 0.1, "", "", 1.0), ("b", 0.5, "", "", 2.0)],
        *[("a1", 0.1, "a", "", 3.0), ("b1", 0.1, "a", "b", 4.0), ("b2", 0.1, "b1", "", 5.0)],
    )
    assert format_tree(lineages).splitlines()[:3] == [
        "┃ a lr=0.1 n=3  [generation 0: 1 ★ → 3]",
        "     b1 ↳   [generation 1: 4 → 5]",
        "  b lr=0.5 n=3  [generation 0: 2 ⊣]",
    ]


def test_every_member_is_shown_once():
    lineages = grow(
        *[("a", 1, "", "", 1.0), ("b", 1, "a", "", "broken"), ("c", 1, "a", "", "broken")],
        *[("d", 1, "a", "a", 2.0), ("e", 2, "a", "", 3.0), ("f", 1, "e", "b", 4.0)],
    )
    text = format_tree(lineages).replace(LEGEND, "")
    assert text.count("✗") == 2
    assert [text.count(f" {score}") for score in ("1 ★", "2]", "3]", "4]")] == [1, 1, 1, 1]


def test_what_does_not_fit_is_counted():
    lineages = grow(*[(f"r{number}", 0.1, "", "", 1.0) for number in range(10)])
    rows = format_tree(lineages, max_rows=3).splitlines()
    assert len(rows) == 5
    assert rows[3] == "… and 7 more rows"


def test_a_line_of_100000_generations():
    """The first half of it trained with the same hyperparameters, then they changed each time."""
    lineages = Lineages()
    for g in range(100_000):
        params = {"/lr": max(g, 49_999)}
        lineages.add(Member(str(g), params, g, str(g - 1) if g else None))
        lineages.complete(str(g), 1.0)
    rows = format_tree(lineages).splitlines()
    assert rows[0].startswith("┃ 0 lr=49999  [generation 0: 1 ★ → 1 → 1")
    assert rows[0].count(" → ") == 49_999
    assert rows[59] == "  " + "   " * 59 + "50058 ↳ lr=50058  [generation 50058: 1]"
    assert rows[60] == "… and 49941 more rows"
