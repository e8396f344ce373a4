"""orion-pbt replay; that it trains is tested in tests/functional/test_replay.py."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from orion.client import get_experiment

import orion_pbt
from orion_pbt.cli.main import main
from orion_pbt.cli.replay import format_share, to_rows
from orion_pbt.replaying import Comparison, Scores


def comparison(**changes: Any) -> Comparison:
    settings = {
        "winner": 1.0,
        "replays": Scores((1.5, 2.5)),
        "baseline": Scores((4.0, 6.0)),
        "kind": "constant",
    }
    return Comparison(**{**settings, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {},
            "The winner is better than the baseline by 4. Of that, 75 ± 14 % was its schedule, and "
            "25 % was selection, luck included.",
        ),
        (
            {"replays": Scores((0.0,))},
            "The winner is better than the baseline by 4. Of that, 125 % was its schedule, and "
            "-25 % was selection, luck included.",
        ),
        (
            {"is_same_budget": False},
            "The replays were trained to another fidelity than the winner, so they do not say how "
            "much of its gain was the schedule. They are better than the baseline by 3.",
        ),
        (
            {"is_same_budget": False, "kind": "kept"},
            "The replays were trained to another fidelity than the winner",
        ),
        ({"kind": "none", "baseline": Scores(())}, "No line of the population was trained alone"),
        ({"winner": 5.0}, "The winner is not better than the baseline"),
        ({"winner": None}, "A score is missing or not finite"),
        ({"baseline": Scores((math.inf,))}, "A score is missing or not finite"),
    ],
)
def test_what_the_schedule_was_worth_is_said_in_a_sentence(
    changes: dict[str, Any], sentence: str
) -> None:
    assert format_share(comparison(**changes)).startswith(sentence)


@pytest.mark.parametrize(
    ("replays", "is_asked"), [((1.99, 2.01), False), ((0.0, 4.0), True), ((2.0,), True)]
)
def test_more_replicas_are_asked_for_where_they_would_tell(
    replays: tuple[float, ...], is_asked: bool
) -> None:
    told = format_share(comparison(replays=Scores(replays)))
    assert ("More replicas" in told) == is_asked


def test_a_row_for_each_that_was_trained() -> None:
    assert to_rows(comparison(baseline=Scores((4.0,)), kind="kept", maximised=True)) == [
        {"what": "winner", "n": 1, "mean": 1.0, "spread": None, "best": 1.0},
        {"what": "replays", "n": 2, "mean": 2.0, "spread": math.sqrt(0.5), "best": 2.5},
        {
            "what": "baseline: lines trained alone",
            "n": 1,
            "mean": 4.0,
            "spread": None,
            "best": 4.0,
        },
    ]


def test_nothing_trained_is_a_row_without_scores() -> None:
    rows = to_rows(comparison(winner=None, replays=Scores(()), kind="none"))
    assert [(row["what"], row["n"], row["best"]) for row in rows] == [
        ("winner", 0, None),
        ("replays", 0, None),
    ]


def train(lr: float, epochs: int, checkpoint_dir: Path, replica: int = 0) -> float:
    return lr + replica


def test_a_function_is_replayed_from_python_and_compared_here(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = str(trained / "pbt.db"), str(tmp_path / "pbt.db")
    assert main(["copy", "--name", "exp", "--storage", source, "--to", target]) == 0
    where = ["replay", "--name", "exp", "--storage", target]
    assert main(where) == 1
    told = capsys.readouterr().err
    assert "Replay it from Python: orion_pbt.replay(function, client)" in told
    storage = {"type": "sql", "url": f"sqlite:///{target}"}
    client = get_experiment("exp", storage=storage)
    orion_pbt.replay(train, client, seeds=2, working_dir=tmp_path / "replay", progress=False)
    capsys.readouterr()
    assert main([*where, "--seeds", "2", "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    lineages = client.algorithm.unwrapped.lineages
    lr = lineages.best(2).params["lr"]
    assert record["replays"] == [lr + 1, lr + 2]
    assert record["winner"] == lineages.best(2).score
    assert record["trial"] == lineages.best(2).key
    assert record["fidelity"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--n-workers", "0"], "--n-workers is 0"),
        (["--seeds", "0"], "seeds is 0"),
        (["--stretch", "0.1"], "Use a higher one"),
        (["nobody"], "No trials of exp-v1 have an id that begins with 'nobody'"),
    ],
)
def test_impossible_options_are_told(
    trained: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["replay", "--name", "exp", "--storage", str(trained / "pbt.db")]
    assert main([*where, *arguments]) == 1
    assert message in capsys.readouterr().err
