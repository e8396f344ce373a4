"""Tests of the log's text."""

from __future__ import annotations

import math

import pytest

from orion_pbt.engine import log
from orion_pbt.errors import StateError


def test_events_come_back_from_their_lines():
    events = [
        {"e": "root", "k": "ü\u2028\n", "x": {"/lr": 1e-05}},
        {"e": "done", "i": 0, "o": -1.5},
    ]
    text = "".join(map(log.write, events))
    assert text.count("\n") == 2
    assert log.read(text) == events
    assert log.read("") == []


@pytest.mark.parametrize("objective", [math.inf, -math.inf, 5e-324, 0.1 + 0.2])
def test_any_objective_comes_back(objective):
    assert log.read(log.write({"e": "done", "o": objective}))[0]["o"] == objective


def test_nan_comes_back():
    assert math.isnan(log.read(log.write({"e": "done", "o": math.nan}))[0]["o"])


@pytest.mark.parametrize("line", ["", "nonsense", "{}", "[1]", '"e"', "7", "null", '{"e":1'])
def test_the_line_that_is_no_event_is_named(line):
    with pytest.raises(StateError, match="Line 2 of the log is no event"):
        log.read(f'{{"e":"stop"}}\n{line}\n')


def test_a_line_that_was_cut_off_is_refused_even_if_it_can_be_read():
    with pytest.raises(StateError, match="cut off"):
        log.read('{"e":"stop"}\n{"e":"stop"}')
