"""An experiment without other versions looks for nobody's trials but its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment


def unreadable(*_args: Any, **_kwargs: Any) -> None:
    raise AssertionError("read the pending trials")


def test_pending_trials_are_not_read(
    make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client({"random": {"seed": 1}})
    monkeypatch.setattr(client.storage, "fetch_pending_trials", unreadable)
    assert client.suggest().status == "reserved"


@pytest.mark.parametrize("kind", ["memory", "sql"])
def test_lost_trials_are_found_all_the_same(
    kind: str, make_client: Callable[..., Any], tmp_path: Path
) -> None:
    if kind == "memory":
        client = make_client({"random": {"seed": 1}})
    else:
        client = build_experiment(
            "exp",
            space={"x": "uniform(0, 1)"},
            storage={"type": "sql", "url": f"sqlite:///{tmp_path / 'x.db'}"},
        )
    trial = client._experiment.space.sample(1, seed=1)[0]
    trial.heartbeat = datetime(2020, 1, 1)
    client._experiment.register_trial(trial, status="reserved")
    assert client.suggest().id == trial.id
