"""An experiment goes on with settings that its algorithm can go on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment

from orion_pbt.errors import ConfigurationError

SPACE = {"lr": "loguniform(1e-3, 1)", "epochs": "fidelity(1, 4, base=1)"}


def build(place: Path, storage: Any, algorithm: dict[str, Any], epochs: int = 4) -> Any:
    space = {**SPACE, "epochs": f"fidelity(1, {epochs}, base=1)"}
    client = build_experiment(
        "exp", space=space, algorithm=algorithm, storage=storage, working_dir=str(place)
    )
    client.close()
    return client


@pytest.fixture(params=["sql", "pickleddb"])
def storage(request: pytest.FixtureRequest, tmp_path: Any) -> dict[str, Any]:
    """Return the configuration of an empty storage."""
    if request.param == "sql":
        return {"type": "sql", "url": f"sqlite:///{tmp_path / 'pbt.db'}"}
    database = {"type": "pickleddb", "host": str(tmp_path / "db.pkl")}
    return {"type": "legacy", "database": database}


def settings(**more: Any) -> dict[str, Any]:
    return {"pbt": {"seed": 1, "population_size": 2, "generations": 3, **more}}


def test_a_raised_population_goes_on(tmp_path: Path, storage: dict[str, Any]) -> None:
    build(tmp_path, storage, settings()).workon(lambda lr, epochs: lr, max_trials=8, n_workers=1)
    client = build(tmp_path, storage, settings(population_size=3, generations=5), epochs=6)
    assert not client.is_done
    client.workon(lambda lr, epochs: lr, n_workers=1)
    assert len(client.fetch_trials_by_status("completed")) == 18
    assert client.version == 1


def test_what_else_was_changed_is_told(tmp_path: Path, storage: dict[str, Any]) -> None:
    build(tmp_path, storage, settings()).workon(lambda lr, epochs: lr, max_trials=2, n_workers=1)
    with pytest.raises(ConfigurationError, match="begun with mode None"):
        build(tmp_path, storage, settings(mode="sync")).suggest()


def test_other_algorithms_are_as_strict_as_before(tmp_path: Path, storage: dict[str, Any]) -> None:
    build(tmp_path, storage, {"random": {"seed": 1}}).suggest()
    with pytest.raises(RuntimeError, match="Algorithm configuration changed"):
        build(tmp_path, storage, {"random": {"seed": 2}}).suggest()
