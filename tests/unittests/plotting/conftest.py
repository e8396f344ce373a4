"""A population of three, small enough to say everything about it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from orion.core.io.space_builder import SpaceBuilder
from orion.core.worker.trial import Trial

from orion_pbt.plotting.data import Decisions, Hyperparameter, Picture, Point
from orion_pbt.population import Member, Status


@pytest.fixture
def space() -> Any:
    return SpaceBuilder().build(
        {
            "lr": "loguniform(1e-4, 1)",
            "kind": "choices(['a', 'b'])",
            "epochs": "fidelity(1, 3, base=1)",
        }
    )


@pytest.fixture
def make_trial() -> Callable[..., Trial]:
    """Return a function that makes a trial, one second after the other."""
    now = datetime.datetime(2026, 1, 1)

    def make(
        lr: float,
        epochs: int,
        parent: str | None = None,
        objective: float | None = None,
        status: str = "completed",
        kind: str = "a",
        reported: float | None = None,
    ) -> Trial:
        nonlocal now
        now += datetime.timedelta(seconds=1)
        results = []
        if objective is not None:
            results = [{"name": "loss", "type": "objective", "value": objective}]
        if reported is not None:
            results.append({"name": "reported_accuracy", "type": "statistic", "value": reported})
        return Trial(
            params=[
                {"name": "lr", "type": "real", "value": lr},
                {"name": "kind", "type": "categorical", "value": kind},
                {"name": "epochs", "type": "fidelity", "value": epochs},
            ],
            parent=parent,
            status=status,
            results=results,
            submit_time=now,
        )

    return make


def _point(key: str, lr: float, generation: int, score: float | None, **more: Any) -> Point:
    state = more.pop("state", "completed")
    inserted = more.pop("inserted", False)
    status = {"completed": Status.COMPLETED, "broken": Status.BROKEN}.get(state, Status.PENDING)
    params = {"lr": lr, "kind": more.pop("kind", "a")}
    member = Member(key, params, generation, status=status, objective=score, **more)
    return Point(member, float(generation + 1), state, inserted)


@pytest.fixture
def picture() -> Picture:
    """Three lines: the first goes on, the second is replaced, the third breaks and is pending."""
    return Picture(
        title="exp-v1",
        score="loss",
        fidelity="epochs",
        hyperparameters=(
            Hyperparameter("lr", log=True),
            Hyperparameter("kind", choices=("a", "b")),
        ),
        points=(
            _point("r1", 0.1, 0, 0.5),
            _point("r2", 0.9, 0, 0.9),
            _point("r3", 0.3, 0, 0.7, inserted=True, kind="b"),
            _point("k1", 0.1, 1, 0.4, parent="r1"),
            _point("f1", 0.12, 1, 0.3, parent="r1", base="r2"),
            _point("b1", 0.3, 1, None, parent="r3", state="broken", kind="b"),
            _point("b2", 0.36, 1, None, parent="r3", state="new", kind="b"),
        ),
    )


@pytest.fixture
def decisions() -> Callable[..., Decisions]:
    return Decisions
