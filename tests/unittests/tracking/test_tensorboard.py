"""Logging to TensorBoard, read back by TensorBoard itself."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.schedules import FidelitySchedule
from orion_pbt.tracking import Row, Segment, TensorBoardTracker, export

pytest.importorskip("tensorboard", reason="pip install tensorboard")

SEGMENT = Segment("f2", 2, 2, "a0", "line-1-segment-1", "a1", "b1")


def row(step: int, score: float = 0.5) -> Row:
    return Row(
        f"trial{step}",
        step,
        {"hyperparameters/lr": 0.1 * step, "score": score},
        {"hyperparameters/opt": "sgd"},
        1000.0 + step,
    )


def read(directory: Path) -> Any:
    """Return all that TensorBoard reads in the directory of a run."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(str(directory), {"tensors": 0, "scalars": 0})
    return accumulator.Reload()


def points(run: Any, tag: str) -> list[tuple[int, float, float]]:
    return [(event.step, event.wall_time, event.value) for event in run.Scalars(tag)]


def words(run: Any, tag: str) -> list[tuple[int, str]]:
    from tensorboard.util import tensor_util

    return [
        (event.step, tensor_util.make_ndarray(event.tensor_proto).item().decode())
        for event in run.Tensors(tag)
    ]


def test_what_was_logged_is_read_back(tmp_path: Path) -> None:
    tracker = TensorBoardTracker(str(tmp_path), "exp-v1")
    tracker.write(SEGMENT, [row(4), row(7, math.inf)])
    tracker.write(SEGMENT, [row(10, math.nan)])
    run = read(tmp_path / "exp-v1" / "line-2-segment-2")
    assert points(run, "score")[:2] == [(4, 1004.0, 0.5), (7, 1007.0, math.inf)]
    assert math.isnan(points(run, "score")[2][2])
    assert [(step, pytest.approx(lr)) for step, _, lr in points(run, "hyperparameters/lr")] == [
        (4, 0.4),
        (7, 0.7),
        (10, 1.0),
    ]
    assert words(run, "hyperparameters/opt") == [(4, "sgd"), (7, "sgd"), (10, "sgd")]
    ((step, about),) = words(run, "branch")
    assert step == 4
    assert "parent_run: line-1-segment-1\n\ncopied_trial: a1\n\nreplaced_trial: b1" in about


def test_another_process_goes_on_where_this_one_stopped(tmp_path: Path) -> None:
    TensorBoardTracker(str(tmp_path), "exp-v1").write(SEGMENT, [row(4), row(7)])
    tracker = TensorBoardTracker(str(tmp_path), "exp-v1")
    assert tracker.last_step(SEGMENT) == 7
    assert tracker.last_step(Segment("a0", 1)) is None
    tracker.write(SEGMENT, [row(10)])
    assert tracker.last_step(SEGMENT) == 10
    run = read(tmp_path / "exp-v1" / SEGMENT.name)
    assert [step for step, _, _ in points(run, "score")] == [4, 7, 10]


def test_half_a_record_counts_as_none(tmp_path: Path) -> None:
    TensorBoardTracker(str(tmp_path), "exp-v1").write(SEGMENT, [row(4), row(7)])
    (file,) = (tmp_path / "exp-v1" / SEGMENT.name).iterdir()
    whole = file.read_bytes()
    steps = []
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        steps.append(TensorBoardTracker(str(tmp_path), "exp-v1").last_step(SEGMENT))
    assert sorted(steps, key=lambda step: step or 0) == steps
    assert set(steps) == {None, 4}
    tracker = TensorBoardTracker(str(tmp_path), "exp-v1")
    tracker.write(SEGMENT, [row(7), row(10)])
    run = read(tmp_path / "exp-v1" / SEGMENT.name)
    assert [step for step, _, _ in points(run, "score")] == [4, 7, 10]


def test_killed_at_any_time_it_logs_each_step_once(tmp_path: Path) -> None:
    lineages = Lineages()
    for line in range(40):
        parent = None
        for generation in range(10):
            key = f"{line}-{generation}"
            lineages.add(Member(key, {"/lr": 0.1}, generation, parent))
            lineages.complete(key, 0.0)
            parent = key
    schedule = FidelitySchedule(1, 10, 9)

    def work() -> None:
        export(TensorBoardTracker(str(tmp_path), "exp"), lineages, schedule, lambda keys: {})

    TensorBoardTracker(str(tmp_path), "exp")  # imports once, and not in each process
    fork = multiprocessing.get_context("fork")
    kills = 0
    while True:
        worker = fork.Process(target=work)
        worker.start()
        worker.join(0.001 * (kills + 1))
        if worker.exitcode is None:
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            worker.join()
        if worker.exitcode == 0:
            break
        assert worker.exitcode == -signal.SIGKILL
        kills += 1
        time.sleep(0.001)
    assert kills > 3
    runs = sorted((tmp_path / "exp").iterdir())
    assert len(runs) == 40
    for run in runs:
        assert [step for step, _, _ in points(read(run), "score")] == list(range(1, 11))
