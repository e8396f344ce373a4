"""orion-pbt why, about trials that an earlier version of the experiment decided on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment

from orion_pbt.cli.main import main

SPACE = {"x": "uniform(1, 9, precision=None)", "epochs": "fidelity(1, 32, base=2)"}
ADDED = {**SPACE, "y": "uniform(1, 9, default_value=5)"}
FACTORS = {"exp-v1": 1.25, "exp-v2": 1.5, "exp-v3": 2.0}


def train(folder: Path, version: str, number: int, space: dict[str, str]) -> tuple[list[Any], Any]:
    """Run trials in a new version; return them, and one more that waits, if any is left."""
    explore = {"of_type": "perturb", "factor": FACTORS[version]}
    settings = {"seed": 1, "population_size": 4, "generations": 5, "explore": explore}
    client = build_experiment(
        "exp",
        space=space,
        algorithm={"pbt": settings},
        storage={"type": "sql", "url": f"sqlite:///{folder / 'pbt.db'}"},
        branching={"enable": True},
        working_dir=str(folder),
    )
    assert f"exp-v{client.version}" == version
    trials: list[Any] = []
    while len(trials) < number and not client.is_done:
        trials.append(client.suggest())
        client.observe(trials[-1], float(trials[-1].params["x"]))
    waiting = None if client.is_done else client.suggest()
    if waiting is not None:
        client.release(waiting)
    client.storage.close()
    return trials, waiting


def test_the_version_that_decided_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, waiting = train(tmp_path, "exp-v1", 7, SPACE)
    trained, _ = train(tmp_path, "exp-v2", 8, ADDED)
    train(tmp_path, "exp-v3", 100, ADDED)

    def call(command: str, *arguments: str) -> str:
        assert main([command, *arguments, "--name", "exp", "--storage", f"{tmp_path}/pbt.db"]) == 0
        return capsys.readouterr().out

    capsys.readouterr()
    ids = [row["id"] for row in json.loads(call("tree", "--format", "json"))]
    assert len(ids) == 24
    found = {key: json.loads(call("why", key, "--format", "json")) for key in ids}
    for version, factor in FACTORS.items():
        decided = [record for record in found.values() if record["decided_in"] == version]
        assert all(record["is_reproduced"] for record in decided)
        changes = {change["how"] for record in decided for change in record["changes"]}
        assert changes & {f"× {factor:.3g}", f"÷ {factor:.3g}"}
        others = {f"{sign} {other:.3g}" for other in FACTORS.values() for sign in "×÷"}
        assert not changes & (others - {f"× {factor:.3g}", f"÷ {factor:.3g}"})
        told = call("why", decided[-1]["id"])
        assert (f"Decided in {version}, by its settings." in told) == (version != "exp-v3")

    begun = trained[0]  # waited in the first version, and has another id since there is a y
    assert begun.id != waiting.id
    assert (begun.params["x"], begun.parent) == (waiting.params["x"], waiting.parent)
    assert found[begun.id]["decided_in"] == "exp-v1"
    assert found[begun.id]["status"] == "completed"
