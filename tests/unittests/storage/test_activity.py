"""Who is at work on an experiment, as a storage tells."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

import pytest
from orion.core.worker.trial import Trial

from orion_pbt.storage import SQL
from orion_pbt.storage.activity import RECENT, Activity
from orion_pbt.storage.values import date_of


class Clock:
    """Is turned by hand."""

    now = 1_700_000_000.25

    def __call__(self, connection):
        return self.now


class Experiment:
    id = 1


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def storage(url, clock):
    storage = SQL(url, clock=clock, trial_lease=60)
    storage.create_experiment({"name": "exp", "version": 1, "algorithm": {"pbt": {}}})
    yield storage
    storage.close()


def register(storage, number, **changes):
    trial = Trial(
        experiment=1,
        params=[{"name": "/x", "type": "integer", "value": number}],
        submit_time=date_of(Clock.now) + timedelta(seconds=number),
        **changes,
    )
    return storage.register_trial(trial)


def test_nothing_goes_on(storage, clock):
    assert storage.fetch_activity(1) == Activity(clock.now)


def test_an_experiment_that_is_not_there(storage, clock):
    assert storage.fetch_activity(2) == Activity(clock.now)


def test_who_runs_what_since_when(storage, clock):
    for number in range(3):
        register(storage, number)
    begun = clock.now
    first = storage.reserve_trial(Experiment)
    clock.now += 10
    second = storage.reserve_trial(Experiment)
    clock.now += 5
    storage.update_heartbeat(first)
    clock.now += 1
    one, two = storage.fetch_activity(1).holders
    assert (one.trial, two.trial) == (first.id, second.id)
    assert (one.since, one.seen, one.expires) == (begun, begun + 15, begun + 75)
    assert (two.since, two.seen, two.expires) == (begun + 10, begun + 10, begun + 70)
    assert one.owner.startswith(f"{socket.gethostname()}:{os.getpid()}:")


def test_one_that_ended_is_not_run_any_more(storage):
    register(storage, 0)
    trial = storage.reserve_trial(Experiment)
    storage.set_trial_status(trial, "broken", was="reserved")
    assert storage.fetch_activity(1).holders == ()


def test_the_last_that_were_completed(storage, clock):
    for number in range(RECENT + 10):
        start = date_of(clock.now + number)
        register(
            storage,
            number,
            status="completed",
            start_time=start,
            end_time=start + timedelta(seconds=2.5),
            results=[{"name": "loss", "type": "objective", "value": 1.0}],
        )
    expected = [
        (clock.now + number, clock.now + number + 2.5) for number in range(RECENT + 9, 9, -1)
    ]
    assert list(storage.fetch_activity(1).completed) == expected


def test_one_without_times_is_not_left_out(storage):
    register(
        storage,
        0,
        status="completed",
        results=[{"name": "loss", "type": "objective", "value": 1.0}],
    )
    assert storage.fetch_activity(1).completed == ((None, None),)


def test_who_holds_the_lock_and_for_how_long(url, storage, clock):
    with storage.acquire_algorithm_lock(uid=1):
        owner, expires = storage.fetch_activity(1).lock
        assert owner.startswith(f"{socket.gethostname()}:{os.getpid()}:")
        assert expires == clock.now + 30
        clock.now += 31
        assert storage.fetch_activity(1).lock is None
        clock.now -= 31
    assert storage.fetch_activity(1).lock is None
