"""A population that was trained, to replay its schedules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orion_pbt import workon

SPACE = {
    "lr": "loguniform(1e-2, 1)",
    "seed": "uniform(0, 1000, discrete=True)",
    "epochs": "fidelity(1, 7, base=1)",
}


def train(lr: float, seed: int, epochs: int, checkpoint_dir: Path, bonus: float = 0.0) -> float:
    """Add to a weight, which is best at 2; the seed decides the last digits."""
    file = checkpoint_dir / "weight"
    weight = float(file.read_text()) if file.exists() else 0.0
    weight += lr
    file.write_text(str(weight))
    return (weight - 2.0) ** 2 + seed * 1e-9 - bonus


@pytest.fixture(scope="session")
def population(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the client of experiment "exp": 4 members and 3 branchings."""
    settings = {"seed": 1, "population_size": 4, "generations": 3, "frozen": ["seed"]}
    return workon(
        train,
        SPACE,
        "exp",
        {"pbt": settings},
        working_dir=tmp_path_factory.mktemp("population") / "exp",
        progress=False,
    )
