"""An experiment that branches: its versions share trials, and a trial finds its parent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment, get_experiment

from orion_pbt.upstream import counted_trials

SPACE = {"x": "uniform(0, 1)", "epochs": "fidelity(1, 8, base=2)"}
PBT = {"pbt": {"seed": 1, "population_size": 2, "generations": 2}}


@pytest.fixture(params=["sqlite", "postgresql", "memory"])
def storage(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a storage of each kind."""
    config: dict[str, Any] = {"type": "legacy", "database": {"type": "ephemeraldb"}}
    if request.param != "memory":
        config = {"type": "sql", "url": request.getfixturevalue(f"{request.param}_url")}
    client = build_experiment("first", space={"x": "uniform(0, 1)"}, storage=config)
    yield client.storage
    getattr(client.storage, "close", lambda: None)()


def build(storage: Any, working_dir: Path, **changes: Any) -> Any:
    config = {"space": SPACE, "algorithm": PBT, "working_dir": str(working_dir), **changes}
    branching = {"enable": True, **config.pop("branching", {})}
    return build_experiment(
        config.pop("name", "exp"), storage=storage, branching=branching, **config
    )


def run(client: Any, number: int) -> list[Any]:
    trials = []
    for _ in range(number):
        trial = client.suggest()
        client.observe(trial, float(trial.params["x"]))
        trials.append(trial)
    return trials


@pytest.mark.parametrize(
    "changes",
    [
        {"space": {**SPACE, "y": "uniform(0, 1, default_value=0.5)"}},
        {"algorithm": {"pbt": {"seed": 2, "population_size": 2, "generations": 2}}},
        {"branching": {"branch_to": "renamed"}},
    ],
    ids=["space", "algorithm", "name"],
)
def test_a_branch_sees_the_trials_of_its_parent(
    storage: Any, tmp_path: Path, changes: dict[str, Any]
) -> None:
    parent = build(storage, tmp_path)
    first = run(parent, 2)
    child = build(storage, tmp_path, **changes)
    assert (child.version, child.name) in ((2, "exp"), (1, "renamed"))
    assert child.id != parent.id
    assert len(child.fetch_trials()) == 0
    assert len(child.fetch_trials(with_evc_tree=True)) == 2
    assert [trial.id for trial in parent.fetch_trials()] == [trial.id for trial in first]
    run(child, 2)
    assert len(child.fetch_trials(with_evc_tree=True)) >= 2
    loaded = get_experiment("exp", version=1, storage=storage)
    assert [node.item.id for node in loaded.node.root] == [parent.id, child.id]


def test_a_trial_finds_its_parent_in_another_version(storage: Any, tmp_path: Path) -> None:
    parent = build(storage, tmp_path)
    run(parent, 2)
    waiting = parent.suggest()
    assert waiting.parent is not None
    parent.release(waiting)
    child = build(storage, tmp_path, algorithm={"pbt": {**PBT["pbt"], "seed": 5}})
    trial = child.suggest()
    assert trial.id == waiting.id  # a copy of the pending one
    assert trial.experiment == child.id
    found = child.get_trial(uid=trial.parent)
    assert (found.experiment, found.status) == (parent.id, "completed")
    assert child.get_trial(uid="nobody") is None
    child.release(trial)


def test_a_branch_counts_the_trials_of_other_versions(storage: Any, tmp_path: Path) -> None:
    def counted(client: Any) -> tuple[int, int]:
        fetched = client.fetch_trials(with_evc_tree=True)
        completed = sum(trial.status == "completed" for trial in fetched)
        experiment = client._experiment
        number = counted_trials.count_with_versions(experiment, ["completed"])
        pending = sum(trial.status in counted_trials.IN_PROGRESS for trial in fetched)
        in_progress = counted_trials.count_with_versions(experiment, counted_trials.IN_PROGRESS)
        assert (number, in_progress) == (completed, pending)
        return number, in_progress

    parent = build(storage, tmp_path)
    run(parent, 2)
    held = parent.suggest()
    child = build(storage, tmp_path, space={**SPACE, "y": "uniform(0, 1, default_value=0.5)"})
    assert counted(child) == (2, 1)
    for _ in range(3):
        trial = child.suggest()
        counted(child)
        child.observe(trial, 0.5)
        counted(child)
    parent.observe(held, 0.1)
    assert counted(child)[0] >= 4
    assert child.is_done is False
