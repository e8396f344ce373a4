"""What is logged of a member."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import pytest
from orion.core.worker.trial import Trial

from orion_pbt.population import Member, Status
from orion_pbt.tracking.rows import Row, to_row

ENDED = datetime(2020, 1, 2, 3, 4, 5)
SECONDS = 1577934245.0


def member(**changes: Any) -> Member:
    settings: dict[str, Any] = {
        "key": "a",
        "params": {"/lr": 0.1},
        "status": Status.COMPLETED,
        "objective": 0.5,
    }
    return Member(**{**settings, **changes})


def test_numbers_and_words_are_told_apart_and_the_score_is_last() -> None:
    params = {"/lr": 0.1, "/net/width": 3, "/opt": "sgd", "/flip": True, "/betas": [[0.9], ["a"]]}
    row = to_row(member(params=params), 4)
    assert row == Row(
        key="a",
        step=4,
        scalars={
            "hyperparameters/lr": 0.1,
            "hyperparameters/net/width": 3.0,
            "hyperparameters/betas/0/0": 0.9,
            "score": 0.5,
        },
        texts={
            "hyperparameters/opt": "sgd",
            "hyperparameters/flip": "True",
            "hyperparameters/betas/1/0": "a",
        },
    )
    assert list(row.scalars)[-1] == "score"
    assert row.hyperparameters == {
        "lr": 0.1,
        "net/width": 3.0,
        "betas/0/0": 0.9,
        "opt": "sgd",
        "flip": "True",
        "betas/1/0": "a",
    }


def test_what_the_trial_has_beside_its_objective_is_logged() -> None:
    trial = Trial(
        params=[{"name": "/lr", "type": "real", "value": 0.1}],
        results=[
            {"name": "objective", "type": "objective", "value": -0.5},
            {"name": "reported_objective", "type": "statistic", "value": 0.5},
            {"name": "accuracy", "type": "statistic", "value": 0.75},
            {"name": "memory", "type": "constraint", "value": 8},
            {"name": "confusion", "type": "statistic", "value": [[1, 0], [0, 1]]},
        ],
        end_time=ENDED,
    )
    row = to_row(member(objective=-0.5, reported=0.5), 4, trial)
    assert row.scalars == {
        "hyperparameters/lr": 0.1,
        "results/accuracy": 0.75,
        "results/memory": 8.0,
        "score": 0.5,
    }
    assert row.time == SECONDS


@pytest.mark.parametrize("objective", [math.inf, math.nan])
def test_a_score_that_is_no_number_is_logged_as_it_is(objective: float) -> None:
    assert repr(to_row(member(objective=objective), 4).scalars["score"]) == repr(objective)
