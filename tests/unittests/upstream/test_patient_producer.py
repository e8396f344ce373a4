"""An algorithm hears in the end of each result in the storage."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from orion.client import build_experiment
from orion.core.utils.exceptions import WaitingForTrials
from orion.storage.base import LockAcquisitionTimeout

from orion_pbt.upstream import patient_producer


def complete_unheard(client: Any, trial: Any) -> None:
    """Store a result without telling the algorithm, as a worker that is killed in between does."""
    trial.results = [trial.Result(name="objective", type="objective", value=0.5)]
    client._experiment.update_completed_trial(trial)
    client._release_reservation(trial)


def test_a_result_that_was_not_told_is_found(make_client: Callable[..., Any]) -> None:
    client = make_client()
    first, second = client.suggest(), client.suggest()
    complete_unheard(client, first)
    client.observe(second, 0.1)
    # The two go on only because the first is found completed.
    generations = set()
    for _ in range(2):
        trial = next_trial(client)
        generations.add(trial.params["epochs"])
        client.observe(trial, 0.2)
    assert generations == {10}
    assert client.is_done


def test_a_trial_that_the_storage_lost_is_registered_anew(make_client: Callable[..., Any]) -> None:
    client = make_client()
    first, second = client.suggest(), client.suggest()
    client.observe(second, 0.1)
    client._release_reservation(first)
    client.storage.delete_trials(uid=client.id, where={"id": first.id})
    assert next_trial(client).id == first.id


def test_comparing_with_the_storage_is_not_done_all_the_time(
    make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    monkeypatch.setattr(
        patient_producer, "_catch_up", lambda experiment, algorithm: looked_at.append(1) or 0
    )
    client = make_client()
    trials = [client.suggest(), client.suggest()]
    for _ in range(3):
        with pytest.raises(WaitingForTrials):
            client.suggest()
    assert looked_at == [1]
    for trial in trials:
        client.release(trial)


def test_a_taken_lock_is_tried_again_soon(make_client: Callable[..., Any]) -> None:
    client = make_client()
    storage = client.storage
    attempts = []
    own = storage._db.read_and_write

    def busy_at_first(collection: str, *args: Any, **kwargs: Any) -> Any:
        if collection == "algo" and kwargs["query"].get("locked") == 0:
            attempts.append(1)
            if len(attempts) < 3:
                return None
        return own(collection, *args, **kwargs)

    storage._db.read_and_write = busy_at_first
    start = time.perf_counter()
    client.release(client.suggest())
    assert len(attempts) >= 3
    assert time.perf_counter() - start < 1  # Oríon sleeps a whole second between two tries


def test_a_lock_that_was_lost_is_taken_again(make_client: Callable[..., Any]) -> None:
    client = make_client()
    trial = client.suggest()
    experiment = client._experiment
    own = experiment.algorithm.observe
    told = []

    def lost_at_first(trials: Any) -> None:
        told.append(trials)
        if len(told) == 1:
            raise LockAcquisitionTimeout
        own(trials)

    experiment.algorithm.observe = lost_at_first
    client.observe(trial, 0.5)
    assert len(told) == 2
    assert client.algorithm.unwrapped.lineages.best().objective == 0.5


def test_an_algorithm_that_cannot_catch_up_is_not_left_without_a_result() -> None:
    storage = {"type": "legacy", "database": {"type": "ephemeraldb"}}
    client = build_experiment("e", space={"x": "uniform(0, 1)"}, storage=storage)
    trial = client.suggest()

    def busy(*args: Any, **kwargs: Any) -> Any:
        raise LockAcquisitionTimeout

    client._experiment.algorithm.observe = busy
    with pytest.raises(LockAcquisitionTimeout):
        client.observe(trial, 0.5)


def next_trial(client: Any) -> Any:
    """Return the next trial; asking twice, as it is found out only while waiting."""
    try:
        return client.suggest()
    except WaitingForTrials:
        return client.suggest()
