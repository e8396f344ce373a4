"""orion-pbt schedule."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orion_pbt.cli.main import main

Run = Callable[..., str]


def rows_of(run: Run, *arguments: Any) -> Any:
    return json.loads(run("schedule", *arguments, "--format", "json"))


def test_the_winners_is_shown_if_none_is_named(run: Run) -> None:
    (best,) = json.loads(run("best", "--format", "json"))
    record = rows_of(run)
    assert (record["id"], record["score"], record["fidelity"]) == (
        best["id"],
        best["score"],
        "epochs",
    )
    assert [(row["from"], row["to"], row["lr"]) for row in record["schedule"]] == [
        (row["from"], row["to"], row["params"]["lr"]) for row in best["schedule"]
    ]


def test_that_of_any_trial_is_shown(run: Run) -> None:
    for trial in json.loads(run("tree", "--format", "json"))[::4]:
        record = rows_of(run, trial["id"][:12])
        assert record["id"] == trial["id"]
        assert record["schedule"][-1]["lr"] == trial["lr"]
        assert record["schedule"][-1]["to"] == trial["generation"] + 1


def test_csv_and_table_say_the_same(run: Run) -> None:
    record = rows_of(run)
    rows = list(csv.DictReader(io.StringIO(run("schedule", "--format", "csv"))))
    assert [float(row["lr"]) for row in rows] == [row["lr"] for row in record["schedule"]]
    table = run("schedule").splitlines()
    assert table[0].split() == ["from", "to", "trial", "score", "lr"]
    assert len(table) == 2 + len(rows)


def test_the_function_gives_the_same(run: Run) -> None:
    scope: dict[str, Any] = {}
    exec(run("schedule", "--format", "python"), scope)  # noqa: S102
    for row in rows_of(run)["schedule"]:
        for epoch in range(row["from"], row["to"] + 1):
            assert scope["schedule"](epoch) == {"lr": row["lr"]}
    (best,) = json.loads(run("best", "--format", "json"))
    assert best["id"] in scope["schedule"].__doc__


def test_the_formula_is_that_of_the_fitted_function(run: Run) -> None:
    (row,) = rows_of(run, "--fit")["fits"]
    scope: dict[str, Any] = {}
    exec(run("schedule", "--fit", "--format", "python"), scope)  # noqa: S102
    for epochs in (1, 2, 3):
        formula = eval(row["formula"], {"math": math, "epochs": epochs})
        assert scope["schedule"](epochs) == {"lr": formula}


def test_the_error_is_explained_where_a_person_reads(run: Run) -> None:
    table = run("schedule", "--fit")
    assert "root mean square over the epochs" in table
    assert table.splitlines()[0].split()[:4] == ["hyperparameter", "form", "formula", "error"]


def test_the_nearest_formula_has_the_least_error(run: Run) -> None:
    for trial in json.loads(run("tree", "--format", "json"))[::4]:
        (row,) = rows_of(run, trial["id"], "--fit")["fits"]
        errors = [row[name] for name in row if name.startswith("error_") and row[name] is not None]
        assert row["error"] <= min(errors) + 1e-9  # then the simpler one is taken


def test_an_unknown_trial_is_told(trained: Path, capsys: Any) -> None:
    where = ["--name", "exp", "--storage", str(trained / "pbt.db")]
    assert main(["schedule", "xyz", *where]) == 1
    assert "No trials of exp-v1 have an id that begins with 'xyz'" in capsys.readouterr().err
