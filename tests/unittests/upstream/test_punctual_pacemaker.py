"""A heart beats as often as it was told to, and goes on after an error."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment
from orion.client.experiment import ExperimentClient

from orion_pbt.upstream import heartbeats
from orion_pbt.upstream.heartbeats import Heartbeat

PATIENCE = 30.0


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_client_beats_at_its_interval(
    make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client({"random": {"seed": 1}})
    client.heartbeat = 0.04
    beats: list[str] = []

    def update_heartbeat(trial: Any) -> int:
        beats.append(trial.id)
        if len(beats) == 2:
            raise OSError("the network is down")
        return 1

    monkeypatch.setattr(client.storage, "update_heartbeat", update_heartbeat)
    trial = client.suggest()
    wait_until(lambda: len(beats) >= 4)
    client.observe(trial, 1.0)
    time.sleep(0.1)
    number = len(beats)
    time.sleep(0.2)
    assert len(beats) == number
    assert set(beats) == {trial.id}


def test_a_lost_trial_beats_no_more(
    make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client({"random": {"seed": 1}})
    client.heartbeat = 0.02
    beats: list[Any] = []
    monkeypatch.setattr(client.storage, "update_heartbeat", lambda trial: beats.append(trial))
    client.suggest()
    wait_until(lambda: len(beats) == 1)
    time.sleep(0.2)
    assert len(beats) == 1


def test_a_reservation_lasts_for_five_heartbeats_of_the_client(tmp_path: Path) -> None:
    client = build_experiment(
        "exp",
        space={"x": "uniform(0, 1)"},
        storage={"type": "sql", "url": f"sqlite:///{tmp_path / 'x.db'}"},
    )
    ExperimentClient(client._experiment, heartbeat=7)
    assert client.storage._current_lease() == 35


def test_a_short_lease_of_the_storage_is_renewed_in_time(tmp_path: Path) -> None:
    client = build_experiment(
        "exp",
        space={"x": "uniform(0, 1)"},
        storage={"type": "sql", "url": f"sqlite:///{tmp_path / 'x.db'}", "trial_lease": 1},
    )
    trial = client.suggest()
    beaten = client.get_trial(uid=trial.id).heartbeat
    wait_until(lambda: client.get_trial(uid=trial.id).heartbeat > beaten)
    client.observe(trial, 1.0)


def test_an_earlier_beat_wakes_the_thread() -> None:
    beaten = threading.Event()
    late = Heartbeat(lambda: True, 1000)
    late.start()
    early = Heartbeat(lambda: beaten.set() or True, 0.01)
    early.start()
    assert beaten.wait(PATIENCE)
    early.stop()
    late.stop()


def test_one_thread_for_all() -> None:
    beating = [Heartbeat(lambda: True, 1000) for _ in range(5)]
    for heartbeat in beating:
        heartbeat.start()
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("orion-pbt-heartbeat") == 1
    for heartbeat in beating:
        heartbeat.stop()


def test_a_forked_child_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    own = heartbeats._ward()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert heartbeats._ward() is not own
    heartbeats._wards.pop()
