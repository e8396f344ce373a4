"""Oríon's algorithms make the same suggestions on the SQL storage as in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment
from orion.core.utils.exceptions import CompletedExperiment, WaitingForTrials

from orion_pbt.errors import StorageError

FIDELITY = {"x": "uniform(0, 1)", "c": "choices(['a', 'b'])", "epochs": "fidelity(1, 9, base=3)"}
PLAIN = {"x": "uniform(0, 1)", "n": "uniform(1, 9, discrete=True)", "c": "choices(['a', 'b'])"}
NUMBERS = {"x": "uniform(0, 1)", "y": "loguniform(1e-3, 1)"}

ALGORITHMS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"random": {"seed": 1}}, PLAIN),
    ({"gridsearch": {"n_values": 3}}, NUMBERS),
    ({"hyperband": {"seed": 1}}, FIDELITY),
    ({"pbt": {"seed": 1, "population_size": 4, "generations": 3}}, FIDELITY),
]
OTHERS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"tpe": {"seed": 1, "n_initial_points": 4}}, PLAIN),
    ({"asha": {"seed": 1}}, FIDELITY),
    ({"evolutiones": {"seed": 1, "nums_population": 4}}, {**NUMBERS, "epochs": FIDELITY["epochs"]}),
]


def run(algorithm: Any, space: Any, storage: Any, working_dir: Path, trials: int = 16) -> list[Any]:
    """Run trials, each with a new client, so that each reads the state; return what they were."""
    done = []
    for _ in range(trials):
        client = build_experiment(
            "exp", space=space, algorithm=algorithm, storage=storage, working_dir=str(working_dir)
        )
        try:
            trial = client.suggest()
        except (CompletedExperiment, WaitingForTrials):
            break
        client.observe(trial, float(trial.params["x"]))
        done.append((trial.id, trial.params, trial.parent))
        storage = client.storage if isinstance(storage, dict) and "url" not in storage else storage
    return done


@pytest.mark.parametrize(
    ("algorithm", "space"),
    [*ALGORITHMS, *(pytest.param(*other, marks=pytest.mark.slow) for other in OTHERS)],
    ids=lambda value: next(iter(value)),
)
def test_the_same_as_in_memory(
    algorithm: dict[str, Any], space: dict[str, str], sqlite_url: str, tmp_path: Path
) -> None:
    memory = build_experiment(
        "first",
        space={"x": "uniform(0, 1)"},
        storage={"type": "legacy", "database": {"type": "ephemeraldb"}},
    ).storage
    expected = run(algorithm, space, memory, tmp_path)
    found = run(algorithm, space, {"type": "sql", "url": sqlite_url}, tmp_path)
    assert len(found) >= 8
    assert found == expected


def test_a_state_of_objects_is_a_clear_error(sqlite_url: str, tmp_path: Path) -> None:
    algorithm = {"orionpbt": {"seed": 1, "population_size": 4, "generations": 3}}
    with pytest.raises(StorageError, match=r"orion\.algo\.pbt.*PickledDB"):
        run(algorithm, FIDELITY, {"type": "sql", "url": sqlite_url}, tmp_path)
