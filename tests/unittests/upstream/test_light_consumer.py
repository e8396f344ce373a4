"""A consumer crosses to a trial's process without the algorithm and the storage."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from orion.core.io import experiment_builder
from orion.core.io.resolve_config import fetch_metadata
from orion.core.worker.consumer import Consumer

from orion_pbt.upstream.light_consumer import Described


def refuse(*_args: Any) -> None:
    raise AssertionError("pickled")


@pytest.fixture
def experiment(tmp_path: Path) -> Any:
    """Return an experiment with a script."""
    script = tmp_path / "train.py"
    script.write_text("")
    arguments = [
        sys.executable,
        str(script),
        "--lr~uniform(0, 1)",
        "--name={exp.name}-{exp.version}-{exp.working_dir}-{exp.metadata[user]}",
        "--id={trial.id}",
    ]
    metadata = fetch_metadata(user="me", user_args=arguments)
    return experiment_builder.build(
        "exp",
        space=metadata["priors"],
        metadata=metadata,
        working_dir=str(tmp_path),
        storage={"type": "legacy", "database": {"type": "ephemeraldb"}},
    )


def test_the_algorithm_and_the_storage_stay(
    experiment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(experiment.algorithm), "__reduce__", refuse)
    monkeypatch.setattr(type(experiment.storage), "__reduce__", refuse)
    consumer = Consumer(experiment)
    copy = pickle.loads(cloudpickle.dumps(consumer))  # noqa: S301
    assert isinstance(copy.experiment.algorithm, Described)
    assert copy.experiment.configuration == experiment.configuration
    assert consumer.experiment is experiment


def test_the_script_gets_what_it_asked_for(experiment: Any, tmp_path: Path) -> None:
    trial = experiment.space.sample(1, seed=1)[0]
    trial.exp_working_dir = str(tmp_path)
    trial.experiment = experiment.id
    consumer = Consumer(experiment)
    copy = pickle.loads(cloudpickle.dumps(consumer))  # noqa: S301
    command = copy.template_builder.format("config", trial, copy.experiment)
    assert f"exp-1-{tmp_path}-me" in command
    assert command == consumer.template_builder.format("config", trial, experiment)
    environment = copy.get_execution_environment(trial)
    assert environment == consumer.get_execution_environment(trial)
