"""orion-pbt track."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from orion.client import build_experiment

from orion_pbt.cli import track
from orion_pbt.cli.main import main
from orion_pbt.tracking import (
    MLflowTracker,
    Row,
    Segment,
    TensorBoardTracker,
    Tracker,
    WandbTracker,
)

Run = Callable[..., str]


def test_a_missing_package_is_told(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    where = ["--name", "exp", "--storage", str(trained / "pbt.db")]
    assert main(["track", *where, "--to", "tensorboard"]) == 1
    assert "pip install 'orion-pbt[tensorboard]'" in capsys.readouterr().err


def test_it_looks_at_some_interval(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--name", "exp", "--storage", str(trained / "pbt.db")]
    assert main(["track", *where, "--to", "tensorboard", "--every", "0"]) == 1
    assert "--every is 0.0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "tracker", "place"),
    [("tensorboard", TensorBoardTracker, "runs"), ("mlflow", MLflowTracker, None),
     ("wandb", WandbTracker, ".")],
)  # fmt: skip
def test_each_has_its_own_place(
    kind: str, tracker: type, place: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track, tracker.__name__, lambda *arguments: arguments)
    assert track.open_tracker(kind, None, "exp-v1") == (place, "exp-v1")
    assert track.open_tracker(kind, "there", "exp-v1") == ("there", "exp-v1")


def test_all_is_logged_once(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="pip install tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    told = run("track", "--to", "tensorboard", "--out", tmp_path)
    steps = dict(line.split(": ") for line in told.splitlines())
    assert sum(int(count.split()[0]) for count in steps.values()) == 12
    assert run("track", "--to", "tensorboard", "--out", tmp_path, "--follow") == (
        "Nothing else is to be logged.\n"
    )
    logged = []
    for directory in (tmp_path / "exp-v1").iterdir():
        scores = EventAccumulator(str(directory)).Reload().Scalars("score")
        assert steps[directory.name].split()[0] == str(len(scores))
        logged += [(event.step, event.value) for event in scores]
    trials = json.loads(run("tree", "--format", "json"))
    expected = [(trial["generation"] + 1, pytest.approx(trial["score"])) for trial in trials]
    assert sorted(logged) == sorted(expected, key=lambda pair: (pair[0], pair[1].expected))


class Noting(Tracker):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, int]] = []

    def _find_last_step(self, segment: Segment) -> int | None:
        return None

    def _write(self, segment: Segment, rows: Sequence[Row]) -> None:
        self.steps += [(segment.key, row.step) for row in rows]


def test_a_population_is_followed_until_it_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = build_experiment(
        "exp",
        space={"lr": "uniform(0, 1)", "epochs": "fidelity(1, 3, base=1)"},
        algorithm={"pbt": {"population_size": 2, "generations": 2, "seed": 1}},
        storage={"type": "sql", "url": f"sqlite:///{tmp_path / 'pbt.db'}"},
    )
    tracker = Noting()
    slept: list[tuple[float, int]] = []

    def work(seconds: float) -> None:
        slept.append((seconds, len(tracker.steps)))
        client.observe(client.suggest(), 0.5)

    monkeypatch.setattr(track, "open_tracker", lambda *_: tracker)
    monkeypatch.setattr(track, "sleep", work)
    where = ["--name", "exp", "--storage", str(tmp_path / "pbt.db")]
    assert main(["track", *where, "--to", "mlflow", "--follow", "--every", "3"]) == 0
    assert slept == [(3.0, number) for number in range(6)]
    assert sorted(step for _, step in tracker.steps) == [1, 1, 2, 2, 3, 3]
