"""Experiments in memory, worked on in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from orion.client import build_experiment

SPACE = {"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 10, base=1)"}


@pytest.fixture
def make_client(tmp_path: Any) -> Callable[..., Any]:
    """Return a function that makes a client of a new experiment."""

    def make(algorithm: Any = None, **settings: Any) -> Any:
        settings = {"population_size": 2, "generations": 1, "seed": 1, **settings}
        return build_experiment(
            "exp",
            space=SPACE,
            algorithm=algorithm or {"pbt": settings},
            storage={"type": "legacy", "database": {"type": "ephemeraldb"}},
            working_dir=str(tmp_path),
        )

    return make
