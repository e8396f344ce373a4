"""Population based training of a function in one call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import orion_pbt
from orion_pbt.errors import ConfigurationError

SPACE = {"lr": "uniform(0, 1)", "epochs": "fidelity(1, 3, base=1)"}
ALGORITHMS = {"pbt": {"population_size": 3, "generations": 2, "seed": 1}}


def train(lr: float, epochs: int, checkpoint_dir: Path, bonus: float = 0.0) -> float:
    """Add to a score kept in the trial's directory."""
    assert orion_pbt.checkpoint_dir() == checkpoint_dir
    saved = orion_pbt.saved_checkpoint("scores")
    scores = json.loads(saved.read_text()) if saved else []
    scores.append(lr)
    with orion_pbt.saving_checkpoint("scores") as path:
        path.write_text(json.dumps(scores))
    assert len(scores) == epochs  # one more in each generation: it starts from its parent's
    return sum(scores) + bonus


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_function_is_trained(
    tmp_path: Path, n_workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORION_PBT_CHECKPOINTS_KEEP", "all")
    client = orion_pbt.workon(
        train, SPACE, algorithms=ALGORITHMS, working_dir=tmp_path, n_workers=n_workers
    )
    trials = client.fetch_trials()
    assert [trial.status for trial in trials] == ["completed"] * 9
    assert all((Path(trial.working_dir) / "scores").exists() for trial in trials)
    assert {Path(trial.working_dir).parent for trial in trials} == {tmp_path}


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"algorithms": ALGORITHMS, "working_dir": tmp_path}
    orion_pbt.workon(train, SPACE, max_trials=4, **settings)
    client = orion_pbt.workon(train, SPACE, max_trials=100, **settings)
    assert len(client.fetch_trials_by_status("completed")) == 9


def test_it_can_maximise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client = orion_pbt.workon(
        train, SPACE, algorithms=ALGORITHMS, working_dir=tmp_path, mode="max", bonus=100.0
    )
    best = client.get_trial(uid=client.stats.best_trials_id)
    assert client.stats.best_evaluation < -100
    assert best.statistics[0].value == -best.objective.value
    printed = capsys.readouterr()
    assert f"score:    {best.statistics[0].value:.4g} (generation 2" in printed.out
    assert "pbt 9/9" in printed.err


def test_it_can_be_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    orion_pbt.workon(train, SPACE, algorithms=ALGORITHMS, working_dir=tmp_path, progress=False)
    assert capsys.readouterr().out == ""


def test_the_default_directory_has_the_experiments_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    orion_pbt.workon(train, SPACE, name="mine", algorithms=ALGORITHMS, max_trials=1)
    assert (tmp_path / "mine").is_dir()


def test_other_algorithms_work_too(tmp_path: Path) -> None:
    space = {"lr": "uniform(0, 1)"}
    client = orion_pbt.workon(
        lambda lr: lr, space, algorithm="random", max_trials=3, working_dir=tmp_path
    )
    assert len(client.fetch_trials()) == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"mode": "best"}, "mode is 'best'"), ({"n_workers": 0}, "n_workers is 0")],
)
def test_impossible_settings_are_refused(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        orion_pbt.workon(train, SPACE, working_dir=tmp_path, **settings)
    assert list(tmp_path.iterdir()) == []


def test_orions_own_workon_works_too(tmp_path: Path) -> None:
    from orion.client import workon

    client = workon(lambda lr, epochs: lr, {**SPACE}, algorithms=ALGORITHMS, name="loop")
    assert len(client.fetch_trials()) == 9
