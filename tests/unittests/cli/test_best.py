"""orion-pbt best."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orion_pbt.cli.best import best_members
from orion_pbt.cli.main import main
from orion_pbt.engine import Engine
from orion_pbt.exploit import CopyFrom, Exploit, Keep
from orion_pbt.explore import PerturbExplore
from orion_pbt.space import Real, Space

Run = Callable[..., str]


def test_the_id_and_the_path_have_a_line_of_their_own(run: Run, trained: Path) -> None:
    (record,) = json.loads(run("best", "--format", "json"))
    lines = run("best").splitlines()
    assert lines[0] == record["id"]
    assert str(trained / record["id"]) in lines
    assert f"score {record['score']:.4g}, generation 2 of 2, epochs 3" in lines


def test_it_is_the_best_of_the_last_generation(run: Run) -> None:
    (record,) = json.loads(run("best", "--format", "json"))
    rows = json.loads(run("tree", "--format", "json"))
    last = [row for row in rows if row["generation"] == 2]
    assert (record["id"], record["score"]) == min(
        ((row["id"], row["score"]) for row in last), key=lambda pair: pair[1]
    )


def test_the_schedule_ends_with_its_own_hyperparameters(run: Run) -> None:
    (record,) = json.loads(run("best", "--format", "json"))
    rows = {row["id"]: row for row in json.loads(run("tree", "--format", "json"))}
    schedule = record["schedule"]
    assert schedule[-1]["params"] == {"lr": rows[record["id"]]["lr"]}
    assert (schedule[0]["from"], schedule[-1]["to"]) == (1, 3)
    assert all(before["to"] + 1 == after["from"] for before, after in zip(schedule, schedule[1:]))


def test_csv_has_a_row_a_stretch(run: Run) -> None:
    (record,) = json.loads(run("best", "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(run("best", "--format", "csv"))))
    assert [(row["id"], float(row["lr"])) for row in rows] == [
        (record["id"], stretch["params"]["lr"]) for stretch in record["schedule"]
    ]


def test_the_weights_can_be_copied(run: Run, trained: Path, tmp_path: Path) -> None:
    (path,) = run("best", "--path").splitlines()
    shutil.copytree(path, tmp_path / "out")
    assert float((tmp_path / "out" / "weight").read_text()) > 0


def test_several_are_ranked_and_of_different_lines(run: Run) -> None:
    records = json.loads(run("best", "-k", 4, "--format", "json"))
    assert len({record["id"] for record in records}) == 4
    scores = [record["score"] for record in records]
    assert scores == sorted(scores)
    assert len(run("best", "-k", 4, "--path").splitlines()) == 4
    assert run("best", "-k", 4).count("weights: there") == 4


def test_weights_that_are_gone_are_told(
    run: Run, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(run("best", "--path").strip())
    hidden = path.with_name("hidden")
    path.rename(hidden)
    try:
        assert "weights: missing; was the directory moved" in run("best")
        where = ["--name", "exp", "--storage", str(trained / "pbt.db")]
        assert main(["best", "--path", *where]) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert f"The weights of trial {path.name} cannot be taken from" in told.err
    finally:
        hidden.rename(path)


def test_none_is_no_number_of_members(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--name", "exp", "--storage", str(trained / "pbt.db")]
    assert main(["best", "-k", "0", *where]) == 1
    assert "-k is 0" in capsys.readouterr().err


class Stub:
    """Stands in for a population: what is chosen from is the engine's."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine


class KeepsAllBut(Exploit):
    """Lets the line of b give up for a's at the first generation."""

    def __call__(self, rng, member, lineages):  # type: ignore[no-untyped-def]
        return CopyFrom("a") if member.key == "b" else Keep()


def test_before_the_end_the_best_of_other_lines_come_after_the_finished() -> None:
    engine = Engine(Space([Real("/lr", low=0, high=9)]), 3, 1, KeepsAllBut(), PerturbExplore())
    for key, objective in (("a", 0.0), ("b", 5.0), ("c", 1.0)):
        engine.insert(key, {"/lr": 1.0 + objective})
        engine.tell(key, objective)
    population: Any = Stub(engine)
    assert [member.key for member in best_members(population, 9)] == ["a", "c", "b"]
    fork = next(child for child in engine.ask(3) if child.base == "b")
    engine.tell(fork.key, 7.0)
    # The line of b has finished, and is not shown a second time by what it did before.
    assert [member.key for member in best_members(population, 9)] == [fork.key, "a", "c"]
    assert [member.key for member in best_members(population, 1)] == [fork.key]
