"""Workers wait without a busy loop, and as long as a peer is at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from orion.core.utils.exceptions import LazyWorkers, WaitingForTrials

from orion_pbt.upstream import patient_runner


def count_suggestions(client: Any) -> list[float]:
    """Let a client note when it is asked for a trial."""
    asked: list[float] = []
    own = client.suggest

    def suggest(**kwargs: Any) -> Any:
        asked.append(time.monotonic())
        return own(**kwargs)

    client.suggest = suggest
    return asked


def test_it_asks_less_and_less_often_while_it_waits(make_client: Callable[..., Any]) -> None:
    client = make_client()
    taken = [client.suggest(), client.suggest()]
    asked = count_suggestions(client)

    def give_back() -> None:
        time.sleep(1.0)
        for trial in taken:
            client.release(trial)

    peer = threading.Thread(target=give_back)
    peer.start()
    with client.tmp_executor("singleexecutor", n_workers=1):
        client.workon(lambda **params: 0.0, n_workers=1)
    peer.join()
    assert client.is_done
    waiting = [moment for moment in asked if moment < asked[0] + 1.0]
    assert len(waiting) <= 7  # 20, 40, 80, … milliseconds


def test_it_outlasts_the_idle_timeout_while_a_peer_works(make_client: Callable[..., Any]) -> None:
    client = make_client()
    taken = [client.suggest(), client.suggest()]

    def give_back() -> None:
        time.sleep(1.5)
        for trial in taken:
            client.release(trial)

    peer = threading.Thread(target=give_back)
    peer.start()
    with client.tmp_executor("singleexecutor", n_workers=1):
        client.workon(lambda **params: 0.0, n_workers=1, idle_timeout=0.5)
    peer.join()
    assert client.is_done


def test_it_gives_up_when_nobody_works(make_client: Callable[..., Any]) -> None:
    client = make_client()

    def nothing(**kwargs: Any) -> Any:
        raise WaitingForTrials

    client.suggest = nothing
    with client.tmp_executor("singleexecutor", n_workers=1), pytest.raises(LazyWorkers):
        client.workon(lambda **params: 0.0, n_workers=1, idle_timeout=0.2)


def test_listeners_hear_of_each_round(make_client: Callable[..., Any]) -> None:
    client = make_client()
    heard: list[int] = []
    listener = lambda runner: heard.append(runner.trials)  # noqa: E731
    patient_runner.listeners.append(listener)
    try:
        with client.tmp_executor("singleexecutor", n_workers=1):
            client.workon(lambda **params: 0.0, n_workers=1)
    finally:
        patient_runner.listeners.remove(listener)
    assert heard[-1] == 4
