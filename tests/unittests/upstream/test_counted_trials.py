"""Whether an experiment is done is asked without reading its trials."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment

from orion_pbt.upstream import counted_trials


def unreadable(*_args: Any, **_kwargs: Any) -> None:
    raise AssertionError("read the trials")


@pytest.fixture(params=["ephemeraldb", "pickleddb", "sql"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Return a client whose storage is of each kind."""
    storages = {
        "ephemeraldb": {"type": "legacy", "database": {"type": "ephemeraldb"}},
        "pickleddb": {
            "type": "legacy",
            "database": {"type": "pickleddb", "host": str(tmp_path / "db.pkl")},
        },
        "sql": {"type": "sql", "url": f"sqlite:///{tmp_path / 'x.db'}"},
    }
    return build_experiment(
        "exp",
        space={"x": "uniform(0, 1)"},
        algorithm={"random": {"seed": 1}},
        storage=storages[request.param],
        max_trials=3,
        max_broken=5,
        working_dir=str(tmp_path),
    )


def test_done_when_max_trials_are_completed(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trials = [client.suggest() for _ in range(3)]
    monkeypatch.setattr(client.storage, "fetch_trials", unreadable)
    for trial in trials:
        assert not client.is_done
        client.observe(trial, 1.0)
    assert client.is_done


def test_not_done_while_a_trial_of_a_finished_algorithm_runs(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = client.suggest()
    monkeypatch.setattr(client.storage, "fetch_trials", unreadable)
    monkeypatch.setattr(type(client.algorithm), "is_done", True)
    assert not client.is_done
    client.release(trial, "broken")
    assert client.is_done


@pytest.mark.parametrize(
    ("stati", "max_trials", "expected"),
    [
        (["completed"], 4, 0.25),
        (["completed", "broken", "new"], 4, 1 / 3),
        (["completed"] * 3, 2, 1.0),
        (["completed"] * 2 + ["new"] * 3, 2, 2 / 5),
        (["broken"] * 2, 2, None),
        (["completed"], float("inf"), None),
        (["completed"], None, None),
    ],
)
def test_progress(client: Any, stati: list[str], max_trials: Any, expected: float | None) -> None:
    experiment = client._experiment
    for number, status in enumerate(stati):
        trial = experiment.space.sample(1, seed=number)[0]
        experiment.register_trial(trial, status=status)
    experiment.max_trials = max_trials
    assert experiment.progress == expected


def test_a_storage_of_a_third_kind_is_counted_the_slow_way(
    make_client: Callable[..., Any],
) -> None:
    client = make_client({"random": {"seed": 1}})
    client.suggest()
    original = client.storage

    class Third:
        def fetch_trials(self, uid: Any) -> Any:
            return original.fetch_trials(uid=uid)

    assert counted_trials.count(Third(), client.id, ["new", "reserved"]) == {
        "new": 0,
        "reserved": 1,
    }
