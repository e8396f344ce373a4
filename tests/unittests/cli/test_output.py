"""Rows as a table, as JSON and as CSV."""

from __future__ import annotations

import json
import math

from orion_pbt.cli.output import format_rows

ROWS = [{"id": "a", "score": 0.123456789}, {"id": "b", "score": math.inf, "lr": [1, 2.0]}]


def test_a_table_is_rounded_and_has_holes() -> None:
    assert format_rows(ROWS, "table").splitlines() == [
        "id    score    lr",
        "----  -------  ------",
        "a     0.1235",
        "b     inf      [1, 2]",
    ]


def test_json_is_strict_and_exact() -> None:
    assert json.loads(format_rows(ROWS, "json")) == [
        {"id": "a", "score": 0.123456789},
        {"id": "b", "score": "inf", "lr": [1, 2.0]},
    ]


def test_csv_is_exact() -> None:
    assert format_rows(ROWS, "csv").splitlines() == [
        "id,score,lr",
        "a,0.123456789,",
        'b,inf,"[1, 2.0]"',
    ]


def test_no_rows_are_no_rows() -> None:
    assert json.loads(format_rows([], "json")) == []
