"""orion-pbt tree."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

Run = Callable[..., str]


def test_the_table_shows_each_stretch_of_training(run: Run) -> None:
    assert "★" in run("tree")


def test_fewer_rows_say_how_many_are_left_out(run: Run) -> None:
    rows = run("tree", "--rows", 0).splitlines()
    shown = run("tree", "--rows", 1).splitlines()
    assert shown[0] == rows[0]
    assert shown[1] == f"… and {len(rows) - 2} more rows"


def test_json_and_csv_have_a_row_a_trial_and_say_the_same(run: Run) -> None:
    records = json.loads(run("tree", "--format", "json"))
    assert len(records) == 12
    rows = list(csv.DictReader(io.StringIO(run("tree", "--format", "csv"))))
    assert [row["id"] for row in rows] == [record["id"] for record in records]
    assert [float(row["lr"]) for row in rows] == [record["lr"] for record in records]
    by_id = {record["id"]: record for record in records}
    for record in records:
        if record["parent"] is not None:
            assert record["generation"] == by_id[record["parent"]]["generation"] + 1
            assert record["root"] == by_id[record["parent"]]["root"]
