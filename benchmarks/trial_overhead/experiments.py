"""The experiment that is measured, on each storage, with orion-pbt and without."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

SPACE = {
    "lr": "loguniform(1e-5, 1)",
    "momentum": "uniform(0, 1)",
    "batch": "uniform(16, 256, discrete=True)",
    "epochs": "fidelity(1, 100_000, base=1)",
}
POPULATION = 20
STORAGES = ("memory", "sqlite", "pickleddb")


def make_storage(kind: str, folder: Path) -> dict[str, Any]:
    """Return the configuration of a storage whose file, if it has one, is in a folder."""
    if kind == "sqlite":
        return {"type": "sql", "url": f"sqlite:///{folder / 'pbt.db'}"}
    database = {"type": "ephemeraldb"}
    if kind == "pickleddb":
        database = {"type": "pickleddb", "host": str(folder / "db.pkl")}
    return {"type": "legacy", "database": database}


def make_client(storage: str, folder: Path, population: int, generations: int, seed: int) -> Any:
    """Return a client of an experiment with the algorithm that is called `pbt` here."""
    from orion.client import build_experiment

    settings = {"population_size": population, "generations": generations, "seed": seed}
    return build_experiment(
        "overhead",
        space=SPACE,
        algorithm={"pbt": settings},
        storage=make_storage(storage, folder),
        working_dir=tempfile.gettempdir(),
    )


def objective(trial: Any) -> float:
    """Return an objective made up from the trial's id: noise of one kind for all algorithms."""
    return int(trial.id[:6], 16) / 16**6


def leave_out_orion_pbt() -> None:
    """Let Oríon not find this package in this process, so that nothing in it is corrected."""
    import pkg_resources

    own = pkg_resources.iter_entry_points

    def others(group: str, name: str | None = None) -> Any:
        return (found for found in own(group, name) if found.dist.project_name != "orion-pbt")

    pkg_resources.iter_entry_points = others
