"""Tests of numbers, values and durations as short text."""

from __future__ import annotations

import math

import pytest

from orion_pbt.console.text import format_duration, format_number, format_params, short_id


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *[(None, "–"), (0.000123456, "0.0001235"), (3.0, "3"), (-1e9, "-1e+09")],
        *[(math.nan, "nan"), (math.inf, "inf")],
    ],
)
def test_numbers_have_four_digits(number, text):
    assert format_number(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *[(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (61, "1 min 1 s")],
        *[(3599, "59 min 59 s"), (3600, "1 h 0 min"), (100_000, "27 h 46 min")],
    ],
)
def test_durations_have_two_units(seconds, text):
    assert format_duration(seconds) == text


def test_hyperparameters_are_named_as_in_the_script():
    params = {"/lr": 0.1 + 0.2, "/net.n": 3, "/c": None, "/w": [[0.12345], [1.0]], "/t": (1, 2)}
    assert format_params(params) == "lr=0.3 net.n=3 c=None w=[[0.1235], [1]] t=(1, 2)"


def test_only_what_changed_is_shown():
    assert format_params({"/lr": 0.2, "/n": 3}, changed_from={"/lr": 0.1, "/n": 3}) == "lr=0.2"


def test_short_ids_are_those_of_git():
    assert short_id("0123456789abcdef") == "0123456"
    assert short_id("a") == "a"
