"""Several processes on one database: forks, pickles, races, and workers that are killed."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from orion.storage.base import FailedUpdate
from sqlalchemy.exc import TimeoutError as PoolTimeout

from orion_pbt.errors import StorageError
from orion_pbt.storage import SQL
from orion_pbt.storage.leases import Keeper, LeaseLost
from orion_pbt.storage.waiting import Waiting
from orion_pbt.testing.storage import make_experiment, make_trial, with_objective

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def storage(url: str) -> Iterator[SQL]:
    storage = SQL(url)
    yield storage
    storage.close()


def in_processes(number: int, work: Callable[[int], Any]) -> list[Any]:
    """Run work in processes that start together; return their results."""
    barrier = FORK.Barrier(number)
    results: Any = FORK.SimpleQueue()

    def run(index: int) -> None:
        barrier.wait()
        try:
            results.put(work(index))
        except BaseException as error:  # noqa: BLE001  # it is the result
            results.put(error)

    processes = [FORK.Process(target=run, args=(index,)) for index in range(number)]
    for process in processes:
        process.start()
    found = [results.get() for _ in processes]
    for process in processes:
        process.join()
    return found


def test_a_forked_child_has_its_own_connections(storage: SQL) -> None:
    experiment = make_experiment(storage)
    (child,) = in_processes(1, lambda _: storage.register_trial(make_trial(experiment)).id)
    assert [trial.id for trial in storage.fetch_trials(experiment)] == [child]


def test_a_forked_child_does_not_hold_its_parents_lock(storage: SQL) -> None:
    experiment = make_experiment(storage)
    with storage.acquire_algorithm_lock(experiment) as locked:
        # If it thought it did, it would be refused after its parent let go of the lock.
        (child,) = in_processes(1, lambda _: storage.register_trial(make_trial(experiment)).status)
        assert child == "new"
        locked.set_state({"a": 1})
    assert storage.get_algorithm_lock_info(experiment).state == {"a": 1}


def test_a_pickle_holds_no_connection(storage: SQL) -> None:
    experiment = make_experiment(storage)
    with storage.acquire_algorithm_lock(experiment) as locked:
        locked.set_state({"log": "x" * 5000})
    copy = pickle.loads(pickle.dumps(storage))  # noqa: S301
    assert len(pickle.dumps(storage)) < 1000
    assert copy.get_algorithm_lock_info(experiment).state == {"log": "x" * 5000}
    copy.close()


def test_a_copy_writes_what_the_original_reserved(storage: SQL) -> None:
    experiment = make_experiment(storage)
    storage.register_trial(make_trial(experiment))
    trial = storage.reserve_trial(experiment)
    copy = pickle.loads(pickle.dumps(storage))  # noqa: S301
    copy.push_trial_results(with_objective(trial))
    assert storage.count_completed_trials(experiment) == 1
    copy.close()


def test_a_database_in_memory_stays_in_its_process() -> None:
    storage = SQL("sqlite://")
    make_experiment(storage)
    (error,) = in_processes(1, lambda _: storage.fetch_experiments({}))
    assert "in memory" in str(error)
    with pytest.raises(StorageError, match="in memory"):
        pickle.loads(pickle.dumps(storage)).fetch_experiments({})  # noqa: S301
    storage.close()


def test_processes_share_trials_without_a_double(storage: SQL) -> None:
    experiment = make_experiment(storage)
    for x in range(40):
        storage.register_trial(make_trial(experiment, x))

    def work(_index: int) -> list[str]:
        mine = []
        while True:
            trial = storage.reserve_trial(experiment)
            if trial is None:
                return mine
            storage.push_trial_results(with_objective(trial))
            mine.append(trial.id)

    found = in_processes(6, work)
    done = [uid for mine in found for uid in mine]
    assert len(done) == len(set(done)) == 40
    assert storage.count_trials([experiment.id]) == {"completed": 40}


def test_processes_decide_one_after_the_other(storage: SQL) -> None:
    experiment = make_experiment(storage)

    def work(index: int) -> None:
        for number in range(10):
            with storage.acquire_algorithm_lock(experiment, timeout=60) as locked:
                log = (locked.state or {"log": ""})["log"]
                locked.set_state({"log": log + f"{index}.{number} ".ljust(100)})

    assert in_processes(5, work) == [None] * 5
    entries = storage.get_algorithm_lock_info(experiment).state["log"].split()
    assert sorted(entries) == sorted(f"{i}.{n}" for i in range(5) for n in range(10))
    for index in range(5):
        assert [e for e in entries if e.startswith(f"{index}.")] == [
            f"{index}.{n}" for n in range(10)
        ]


def test_processes_branch_once(storage: SQL) -> None:
    def branch(_index: int) -> bool:
        try:
            make_experiment(storage, version=2)
        except Exception as error:  # noqa: BLE001  # its type is asserted
            return type(error).__name__ != "DuplicateKeyError"
        return True

    assert sorted(in_processes(5, branch)) == [False] * 4 + [True]


def killed_while(action: Callable[[], None]) -> None:
    """Run an action in a process that is killed with -9 in the middle of it."""
    ready = FORK.Event()

    def run() -> None:
        action()
        ready.set()
        time.sleep(60)

    process = FORK.Process(target=run)
    process.start()
    assert ready.wait(30)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def test_the_lock_of_a_killed_process_is_free_after_its_lease(url: str) -> None:
    storage = SQL(url, lock_lease=0.5)
    experiment = make_experiment(storage)
    with storage.acquire_algorithm_lock(experiment) as locked:
        locked.set_state({"n": 1})
    killed_while(lambda: storage.acquire_algorithm_lock(experiment).__enter__() and None)
    start = time.monotonic()
    with storage.acquire_algorithm_lock(experiment, timeout=30) as locked:
        assert locked.state == {"n": 1}
    assert time.monotonic() - start < 10
    storage.close()


def test_the_trial_of_a_killed_process_is_run_by_another(url: str) -> None:
    storage = SQL(url, trial_lease=0.5)
    experiment = make_experiment(storage)
    storage.register_trial(make_trial(experiment))
    killed_while(lambda: storage.reserve_trial(experiment) and None)
    deadline = time.monotonic() + 30
    trial = None
    while trial is None and time.monotonic() < deadline:
        trial = storage.reserve_trial(experiment)
    storage.push_trial_results(with_objective(trial))
    assert storage.count_trials([experiment.id]) == {"completed": 1}
    storage.close()


def test_a_process_killed_in_a_transaction_leaves_nothing(storage: SQL) -> None:
    experiment = make_experiment(storage)

    def half_a_transaction() -> None:
        transaction = storage._database.atomic()
        connection = transaction.__enter__()
        connection.exec_driver_sql("DELETE FROM experiments")
        leaked.append(transaction)

    leaked: list[Any] = []
    killed_while(half_a_transaction)
    assert storage.fetch_experiments({})[0]["_id"] == experiment.id
    make_experiment(storage, "another")


def test_a_slow_holder_keeps_the_lock(url: str) -> None:
    storage = SQL(url, lock_lease=0.5)
    peer = SQL(url, lock_lease=0.5)
    experiment = make_experiment(storage)
    order = []

    def wait() -> None:
        with peer.acquire_algorithm_lock(experiment, timeout=30):
            order.append("peer")

    thread = threading.Thread(target=wait)
    with storage.acquire_algorithm_lock(experiment) as locked:
        thread.start()
        time.sleep(1.5)  # three leases
        order.append("storage")
        locked.set_state({"n": 1})
    thread.join()
    assert order == ["storage", "peer"]
    storage.close()
    peer.close()


def test_a_stopped_holder_loses_the_lock(url: str) -> None:
    storage = SQL(url, lock_lease=0.5)
    experiment = make_experiment(storage)
    ready, go_on = FORK.Event(), FORK.Event()
    results: Any = FORK.SimpleQueue()

    def stopped() -> None:
        try:
            with storage.acquire_algorithm_lock(experiment) as locked:
                ready.set()
                go_on.wait(30)
                locked.set_state({"by": "stopped"})
        except FailedUpdate as error:
            results.put(type(error).__name__)
        else:
            results.put("saved")

    process = FORK.Process(target=stopped)
    process.start()
    assert ready.wait(30)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)  # a closed laptop
    with storage.acquire_algorithm_lock(experiment, timeout=30) as locked:
        locked.set_state({"by": "peer"})
    os.kill(process.pid, signal.SIGCONT)
    go_on.set()
    assert results.get() == "LeaseLost"
    process.join()
    assert storage.get_algorithm_lock_info(experiment).state == {"by": "peer"}
    storage.close()


@pytest.mark.parametrize("looks_late", [False, True])
def test_a_holder_that_comes_late_is_told_so(url: str, looks_late: bool) -> None:
    now = 0.0
    late, peer = (SQL(url, lock_lease=30, clock=lambda _: now) for _ in range(2))
    experiment = make_experiment(late)
    log = "begun" * 1000  # a long string, whose growth has rows of its own

    def set_state(storage: SQL, news: str) -> None:
        with storage.acquire_algorithm_lock(experiment) as locked:
            locked.set_state({"log": locked.state["log"] + news if locked.state else log})

    def come_late() -> None:
        nonlocal now
        with late.acquire_algorithm_lock(experiment) as locked:
            if not looks_late:
                assert locked.state == {"log": log}
            now += 31
            set_state(peer, "peer")
            locked.set_state({"log": locked.state["log"] + "late"})

    set_state(peer, "")
    with pytest.raises(LeaseLost):
        come_late()
    assert late.get_algorithm_lock_info(experiment).state == {"log": log + "peer"}
    late.close()
    peer.close()


def test_more_threads_than_connections_wait_for_one_lock(
    storage: SQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, number = make_experiment(storage), 24
    pause, waiting, decided = Waiting.pause, set(), []
    failed: list[BaseException] = []

    def noted(self: Waiting) -> None:
        waiting.add(threading.get_ident())
        pause(self)

    def decide() -> None:
        try:
            with storage.acquire_algorithm_lock(experiment):
                decided.append(threading.get_ident())
        except BaseException as error:
            failed.append(error)
            raise

    monkeypatch.setattr(Waiting, "pause", noted)
    threads = [threading.Thread(target=decide) for _ in range(number)]
    with storage.acquire_algorithm_lock(experiment):
        for thread in threads:
            thread.start()
        while len(waiting) < number and not failed:
            time.sleep(0.001)
        storage.register_trial(make_trial(experiment))
    for thread in threads:
        thread.join()
    assert not failed
    assert len(decided) == number


def test_a_thread_lets_go_of_its_own_claim_only(
    storage: SQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, keeper = make_experiment(storage), storage._algorithms._keeper
    let_go, peer = keeper.let_go, storage.acquire_algorithm_lock(experiment)

    def late(*args: Any) -> None:
        monkeypatch.undo()
        peer.__enter__()  # another thread is faster
        let_go(*args)

    monkeypatch.setattr(keeper, "let_go", late)
    with storage.acquire_algorithm_lock(experiment):
        pass
    assert keeper.claim_of(str(experiment.id)) is not None
    peer.__exit__(None, None, None)
    assert keeper.claim_of(str(experiment.id)) is None


def test_no_connection_to_be_had_is_an_error_of_the_storage(
    storage: SQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect() -> None:
        raise PoolTimeout("QueuePool limit reached")

    monkeypatch.setattr(storage._database.engine, "connect", connect)
    with pytest.raises(StorageError, match="cannot be used: QueuePool limit"):
        storage.fetch_experiments({})


def test_a_keeper_renews_and_survives_errors() -> None:
    beats: list[tuple[str, int]] = []

    def renew(key: str, claim: int) -> None:
        beats.append((key, claim))
        if len(beats) == 1:
            raise StorageError("for once")
        if len(beats) == 2:
            raise ZeroDivisionError

    keeper = Keeper(renew, lease=0.05)
    keeper.hold("a", 3)
    assert keeper.claim_of("a") == 3
    deadline = time.monotonic() + 30
    while len(beats) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    keeper.let_go("a", 2)  # an earlier one, of another thread
    assert keeper.claim_of("a") == 3
    keeper.let_go("a", 3)
    assert set(beats) == {("a", 3)}
    assert len(beats) >= 5
    assert keeper.claim_of("a") is None
    while keeper._thread is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert keeper._thread is None
