"""What a person sees of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from orion.client import build_experiment

SPACE = {"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 10, base=1)"}


def test_the_summary_knows_what_others_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = {
        "type": "legacy",
        "database": {"type": "pickleddb", "host": str(tmp_path / "db.pkl")},
    }
    algorithm = {"pbt": {"population_size": 2, "generations": 1, "seed": 1}}
    worker, idle = (
        build_experiment(
            "exp", space=SPACE, algorithm=algorithm, storage=storage, working_dir=str(tmp_path)
        )
        for _ in range(2)
    )
    worker.observe(worker.suggest(), 0.25)
    with idle.algorithm.unwrapped.shown(idle):
        pass  # it has no work, e.g. since too many trials broke before
    assert "score:    0.25 (generation 0 of 1" in capsys.readouterr().out
