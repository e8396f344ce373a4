"""A population that was trained, as the commands find it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orion_pbt import workon
from orion_pbt.cli.main import main

Run = Callable[..., str]


def train(lr: float, epochs: int, checkpoint_dir: Path) -> float:
    file = checkpoint_dir / "weight"
    weight = float(file.read_text()) if file.exists() else 0.0
    weight += lr
    file.write_text(str(weight))
    return (weight - 2.0) ** 2


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train experiment "exp", 4 members and 2 branchings; return its directory, with pbt.db."""
    directory = tmp_path_factory.mktemp("trained")
    settings = {"seed": 1, "population_size": 4, "generations": 2}
    workon(
        train,
        {"lr": "loguniform(1e-2, 1)", "epochs": "fidelity(1, 3, base=1)"},
        "exp",
        {"pbt": settings},
        working_dir=directory,
        progress=False,
    )
    return directory


@pytest.fixture
def run(trained: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on that experiment and return what it printed; it must end well."""

    def run(command: str, *arguments: Any) -> str:
        where = ["--name", "exp", "--storage", str(trained / "pbt.db")]
        capsys.readouterr()
        assert main([command, *where, *map(str, arguments)]) == 0
        return capsys.readouterr().out

    return run
