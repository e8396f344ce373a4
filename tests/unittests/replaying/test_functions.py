"""Replays of Python functions."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

import orion_pbt
from orion_pbt import workon
from orion_pbt.engine import REPLICA
from orion_pbt.errors import ConfigurationError
from orion_pbt.replaying import compare, plan_of

SPACE = {"lr": "loguniform(1e-2, 1)", "epochs": "fidelity(1, 7, base=1)"}
SETTINGS = {"seed": 1, "population_size": 4, "generations": 3}


def train(lr: float, epochs: int, checkpoint_dir: Path, replica: int = 0) -> float:
    """Add to a weight, and note by whom it was trained how."""
    file = checkpoint_dir / "history"
    history = file.read_text() if file.exists() else ""
    history += f"{epochs} {lr!r} {replica}\n"
    file.write_text(history)
    return abs(sum(float(line.split()[1]) for line in history.splitlines()) - 2) + replica * 1e-3


def plainly(lr: float, epochs: int, checkpoint_dir: Path) -> float:
    return train(lr, epochs, checkpoint_dir)


def slowly(lr: float, epochs: int, checkpoint_dir: Path) -> float:
    time.sleep(0.1)
    return train(lr, epochs, checkpoint_dir)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("functions") / "exp"
    storage = {"type": "sql", "url": f"sqlite:///{directory}.db", "trial_lease": 1, "lock_lease": 1}
    return workon(
        plainly,
        SPACE,
        "exp",
        {"pbt": SETTINGS},
        working_dir=directory,
        storage=storage,
        progress=False,
    )


def histories(replay: Any) -> list[str]:
    """Return what the ends of a replay were trained with, in the order of the replicas."""
    last = max(trial.params["epochs"] for trial in replay.fetch_trials())
    ends = [trial for trial in replay.fetch_trials() if trial.params["epochs"] == last]
    ends.sort(key=lambda trial: trial.params[REPLICA])
    return [(Path(end.working_dir) / "history").read_text() for end in ends]


def expected(client: Any, replica: int, levels: tuple[int, ...] = (1, 3, 5, 7)) -> str:
    stages = plan_of(client).stages
    return "".join(f"{e} {p['lr']!r} {replica}\n" for e, p in zip(levels, stages))


@pytest.mark.parametrize("n_workers", [1, 2])
def test_replicas_are_trained_along_the_winners_schedule(
    client: Any, n_workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORION_PBT_CHECKPOINTS_KEEP", "all")
    name = f"workers-{n_workers}"
    replay = orion_pbt.replay(
        train, client, name=name, seeds=2, n_workers=n_workers, progress=False
    )
    assert histories(replay) == [expected(client, 1), expected(client, 2)]
    assert replay.name == name
    assert Path(replay.working_dir) == Path(client.working_dir).parent / name
    comparison = compare(client, replay)
    winner = client.algorithm.unwrapped.lineages.best(3).objective
    assert comparison.winner == winner
    assert comparison.replays.values == pytest.approx((winner + 1e-3, winner + 2e-3))


def test_a_function_that_does_not_ask_is_not_told(
    client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    replay = orion_pbt.replay(plainly, client, seeds=1)
    assert histories(replay) == [expected(client, 0)]
    assert replay.name == "exp-replay"
    assert "replica 1: score" in capsys.readouterr().out


def test_called_again_it_trains_what_is_new(client: Any) -> None:
    settings: dict[str, Any] = {"name": "more", "progress": False}
    orion_pbt.replay(plainly, client, seeds=1, **settings)
    replay = orion_pbt.replay(plainly, client, seeds=3, **settings)
    assert len(replay.fetch_trials()) == 3 * 4
    assert histories(replay) == [expected(client, 0)] * 3
    kept = list(Path(replay.working_dir).glob("*/history"))
    assert len(kept) <= 4  # the ends and the best; nobody needs the other weights


def test_a_longer_replay_and_its_baseline(client: Any) -> None:
    settings: dict[str, Any] = {"stretch": 3, "progress": False}
    replay = orion_pbt.replay(plainly, client, name="long", **settings)
    assert histories(replay) == [expected(client, 0, (3, 9, 15, 21))]
    baseline = orion_pbt.replay(plainly, client, baseline=True, **settings)
    assert baseline.name == "exp-replay-baseline"
    lr = plan_of(client).stages[0]["lr"]
    assert histories(baseline) == ["".join(f"{e} {lr!r} 0\n" for e in (3, 9, 15, 21))]
    comparison = compare(client, replay, baseline)
    assert comparison.kind == "constant"
    assert not comparison.is_same_budget


def test_the_name_of_another_experiment_is_refused(client: Any) -> None:
    with pytest.raises(ConfigurationError, match="is no replay"):
        orion_pbt.replay(plainly, client, name="exp")
    orion_pbt.replay(plainly, client, name="taken", progress=False)
    with pytest.raises(ConfigurationError, match="begun with stages"):
        orion_pbt.replay(plainly, client, name="taken", stretch=2)


def test_what_a_replay_has_from_its_population_is_refused(client: Any) -> None:
    with pytest.raises(ConfigurationError, match="space is {}, but a replay has it from"):
        orion_pbt.replay(plainly, client, space={})


def test_killed_at_any_time_it_is_gone_on_with(client: Any) -> None:
    fork = multiprocessing.get_context("fork")
    settings: dict[str, Any] = {"name": "killed", "seeds": 2, "progress": False}

    def work() -> None:
        orion_pbt.replay(slowly, client, **settings)

    directory = Path(client.working_dir).parent / "killed"
    for trials in (1, 4):
        worker = fork.Process(target=work)
        worker.start()
        deadline = time.monotonic() + 60
        while len(list(directory.glob("*/history"))) < trials and time.monotonic() < deadline:
            time.sleep(0.01)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        assert worker.exitcode == -signal.SIGKILL
    replay = orion_pbt.replay(slowly, client, **settings)
    trials = replay.fetch_trials()
    assert sorted((t.params["epochs"], t.status) for t in trials) == [
        (level, "completed") for level in (1, 3, 5, 7) for _ in range(2)
    ]
    shutil.rmtree(directory)
