"""A contract suite for experiment storages: what Oríon, and this package, expect of one.

Derive your tests from `StorageContract` and give it a fixture ``storage``, and from
`LeaseContract` too if reservations and locks of your storage expire::

    class TestMyStorage(StorageContract, LeaseContract):
        @pytest.fixture
        def storage(self, tmp_path):
            return MyStorage(tmp_path / "database")

        @pytest.fixture
        def peer(self, storage, tmp_path):
            return MyStorage(tmp_path / "database")
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy
import pytest
from orion.core.io.database import DuplicateKeyError
from orion.core.worker.trial import Trial
from orion.storage.base import FailedUpdate, LockAcquisitionTimeout

from orion_pbt.errors import StorageError

DATE = datetime(2024, 2, 29, 12, 30, 15, 123456)


class Worked:
    """What storages ask of an experiment: its id.

    Parameters
    ----------
    uid:
        The id.
    """

    def __init__(self, uid: Any) -> None:
        self.id = self._id = uid


class Clock:
    """A clock turned by hand; give it to the storage under test.

    Parameters
    ----------
    now:
        Seconds since 1970.
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self, _connection: Any = None) -> float:
        return self.now


def make_experiment(storage: Any, name: str = "exp", **parts: Any) -> Worked:
    """Create an experiment."""
    config = {
        "name": name,
        "version": 1,
        "metadata": {"user": "tester", "datetime": DATE},
        "refers": {"parent_id": None, "root_id": None, "adapter": []},
        "space": {"x": "uniform(0, 1)"},
        "algorithm": {"random": {"seed": 1}},
        **parts,
    }
    storage.create_experiment(config)
    return Worked(config["_id"])


def make_trial(experiment: Worked, x: float = 0.5, **parts: Any) -> Trial:
    """Return a trial that is not registered yet."""
    return Trial(
        experiment=experiment.id,
        params=[{"name": "x", "type": "real", "value": x}],
        exp_working_dir="work",
        **parts,
    )


def with_objective(trial: Trial, value: float = 1.5) -> Trial:
    """Return a trial as it is when its script has reported."""
    trial.status = "completed"
    trial.results = [Trial.Result(name="objective", type="objective", value=value)]
    trial.end_time = DATE + timedelta(hours=1)
    return trial


def race(actions: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run actions in threads that start together; return their results or exceptions."""
    todo = list(actions)
    barrier = threading.Barrier(len(todo))
    results: list[Any] = [None] * len(todo)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = todo[index]()
        except Exception as error:  # noqa: BLE001  # it is the result
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(todo))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class StorageContract:
    """What every storage does."""

    @pytest.fixture
    def storage(self) -> Any:
        """Return an empty storage; override this."""
        raise NotImplementedError("Give your test class a fixture named storage.")

    @pytest.fixture
    def experiment(self, storage: Any) -> Worked:
        """Return an experiment without trials."""
        return make_experiment(storage)

    # -- experiments ---------------------------------------------------------------------------

    def test_an_experiment_comes_back_as_it_went_in(self, storage: Any) -> None:
        config = {
            "name": "exp",
            "version": 3,
            "metadata": {"user": "tester", "datetime": DATE, "VCS": {}, "args": ["a", "b"]},
            "refers": {"parent_id": None, "root_id": None, "adapter": []},
            "space": {"/lr": "loguniform(1e-5, 1)", "x": "uniform(0, 1)"},
            "algorithm": {"tpe": {"seed": None, "limits": [1, 2.5, float("inf")]}},
            "max_trials": 10**9,
            "working_dir": "",
        }
        storage.create_experiment(config)
        (stored,) = storage.fetch_experiments({})
        assert stored == config
        assert stored["_id"] is not None

    def test_an_experiment_may_bring_its_own_id(self, storage: Any) -> None:
        make_experiment(storage, "a", _id="an id")
        make_experiment(storage, "b", _id=7)
        assert make_experiment(storage, "c").id not in ("an id", 7)
        names = [storage.fetch_experiments({"_id": uid})[0]["name"] for uid in ("an id", 7)]
        assert names == ["a", "b"]
        assert storage.fetch_experiments({"_id": "7"}) == []

    def test_name_and_version_are_unique(self, storage: Any) -> None:
        make_experiment(storage)
        make_experiment(storage, version=2)
        with pytest.raises(DuplicateKeyError):
            make_experiment(storage, version=2)
        assert len(storage.fetch_experiments({"name": "exp"})) == 2

    def test_experiments_are_found_by_their_parts(self, storage: Any) -> None:
        root = make_experiment(storage)
        refers = {"parent_id": root.id, "root_id": root.id, "adapter": []}
        child = make_experiment(storage, version=2, refers=refers)
        make_experiment(storage, "other", metadata={"user": "someone"})

        def names(query: dict[str, Any]) -> list[tuple[str, int]]:
            return [(e["name"], e["version"]) for e in storage.fetch_experiments(query)]

        assert names({"refers.parent_id": root.id}) == [("exp", 2)]
        assert names({"name": "exp", "refers.parent_id": child.id}) == []
        assert names({"refers.root_id": root.id, "metadata.user": "tester"}) == [("exp", 2)]
        assert names({"metadata.user": "someone"}) == [("other", 1)]
        assert names({"name": "exp", "version": 2}) == [("exp", 2)]
        assert names({"refers.parent_id": None}) == [("exp", 1), ("other", 1)]

    def test_a_selection_gives_parts_of_experiments(self, storage: Any) -> None:
        experiment = make_experiment(storage)
        (parts,) = storage.fetch_experiments({}, {"name": 1, "refers.root_id": 1, "absent": 1})
        assert parts == {
            "_id": experiment.id,
            "name": "exp",
            "refers": {"root_id": None},
            "absent": None,
        }

    def test_parts_of_an_experiment_are_updated(self, storage: Any) -> None:
        experiment = make_experiment(storage)
        other = make_experiment(storage, "other")
        refers = {"parent_id": None, "root_id": experiment.id, "adapter": []}
        assert storage.update_experiment(experiment, refers=refers, max_trials=5)
        assert not storage.update_experiment(uid=experiment.id, where={"name": "?"}, max_trials=6)
        (stored,) = storage.fetch_experiments({"_id": experiment.id})
        assert (stored["refers"], stored["max_trials"]) == (refers, 5)
        assert storage.fetch_experiments({"refers.root_id": experiment.id}) == [stored]
        assert "max_trials" not in storage.fetch_experiments({"_id": other.id})[0]

    def test_an_experiment_is_deleted(self, storage: Any, experiment: Worked) -> None:
        other = make_experiment(storage, "other")
        assert storage.delete_experiment(experiment) == 1
        assert storage.delete_experiment(uid=experiment.id) == 0
        assert [stored["_id"] for stored in storage.fetch_experiments({})] == [other.id]

    def test_one_of_many_branches_wins(self, storage: Any) -> None:
        results = race([lambda: make_experiment(storage, version=2) for _ in range(4)])
        assert sum(isinstance(result, Worked) for result in results) == 1
        assert sum(isinstance(result, DuplicateKeyError) for result in results) == 3

    # -- benchmarks ----------------------------------------------------------------------------

    def test_benchmarks_are_kept_by_name(self, storage: Any) -> None:
        config = {
            "name": "bench",
            "algorithms": ["random", {"tpe": {"seed": 1}}],
            "targets": [{"assess": {"AverageResult": {"repetitions": 2}}, "task": {"Branin": {}}}],
        }
        storage.create_benchmark(dict(config))
        with pytest.raises(DuplicateKeyError):
            storage.create_benchmark({"name": "bench"})
        storage.create_benchmark({"name": "another"})
        (stored,) = storage.fetch_benchmark({"name": "bench"})
        assert {**stored, "_id": None} == {**config, "_id": None}
        assert len(storage.fetch_benchmark({})) == 2
        assert storage.fetch_benchmark({"name": "bench"}, {"name": 1})[0]["name"] == "bench"

    # -- trials --------------------------------------------------------------------------------

    def test_a_trial_comes_back_as_it_went_in(self, storage: Any, experiment: Worked) -> None:
        trial = make_trial(
            experiment,
            x=0.1 + 0.2,
            parent="a parent",
            worker="me",
            submit_time=DATE,
            start_time=DATE + timedelta(microseconds=1),
        )
        trial._params.append(Trial.Param(name="c", type="categorical", value=["a", 1, None]))
        trial._params.append(Trial.Param(name="n", type="integer", value=numpy.int64(3)))
        registered = storage.register_trial(trial)
        stored = storage.get_trial(uid=trial.id, experiment_uid=experiment.id)
        assert stored.to_dict() == registered.to_dict()
        assert stored.id == trial.id
        assert stored.id_override is not None

    @pytest.mark.parametrize("value", [float("inf"), -0.0, 5e-324, 2**80])
    def test_a_result_comes_back_to_the_last_bit(
        self, storage: Any, experiment: Worked, value: float
    ) -> None:
        storage.register_trial(make_trial(experiment, status="reserved"))
        storage.push_trial_results(with_objective(make_trial(experiment), value))
        (stored,) = storage.fetch_trials(experiment)
        assert repr(stored.objective.value) == repr(value)

    def test_not_a_number_is_a_result(self, storage: Any, experiment: Worked) -> None:
        storage.register_trial(make_trial(experiment, status="reserved"))
        storage.push_trial_results(with_objective(make_trial(experiment), float("nan")))
        (stored,) = storage.fetch_trials(experiment)
        assert numpy.isnan(stored.objective.value)

    def test_a_trial_is_unique_within_its_experiment(
        self, storage: Any, experiment: Worked
    ) -> None:
        storage.register_trial(make_trial(experiment))
        with pytest.raises(DuplicateKeyError):
            storage.register_trial(make_trial(experiment))
        storage.register_trial(make_trial(make_experiment(storage, "other")))
        assert len(storage.fetch_trials(experiment)) == 1

    def test_trials_come_in_the_order_of_their_submission(
        self, storage: Any, experiment: Worked
    ) -> None:
        for x in (2, 0, 1):
            storage.register_trial(
                make_trial(experiment, x, submit_time=DATE + timedelta(seconds=x))
            )
        found = storage.fetch_trials(experiment)
        assert [trial.params["x"] for trial in found] == [0, 1, 2]

    def test_an_unknown_trial_is_none(self, storage: Any, experiment: Worked) -> None:
        assert storage.get_trial(uid="nobody", experiment_uid=experiment.id) is None
        assert storage.get_trial(make_trial(experiment)) is None

    @pytest.fixture
    def many(self, storage: Any, experiment: Worked) -> dict[str, Trial]:
        """Register a trial of each status; return them by status."""
        stati = ("new", "reserved", "suspended", "completed", "interrupted", "broken")
        trials = {}
        for number, status in enumerate(stati):
            trial = make_trial(
                experiment, number, status=status, submit_time=DATE + timedelta(hours=number)
            )
            trials[status] = storage.register_trial(trial)
        storage.register_trial(make_trial(make_experiment(storage, "other"), status="new"))
        return trials

    def test_trials_are_found_by_status(
        self, storage: Any, experiment: Worked, many: dict[str, Trial]
    ) -> None:
        def stati(found: Iterable[Trial]) -> list[str]:
            return [trial.status for trial in found]

        pending = ["new", "suspended", "interrupted"]
        assert stati(storage.fetch_pending_trials(experiment)) == pending
        assert "completed" not in stati(storage.fetch_noncompleted_trials(experiment))
        assert len(storage.fetch_noncompleted_trials(experiment)) == 5
        assert stati(storage.fetch_trials_by_status(experiment, "broken")) == ["broken"]
        assert storage.count_completed_trials(experiment) == 1
        assert storage.count_broken_trials(experiment) == 1

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ({"status": "broken"}, [5]),
            ({"status": {"$in": ["new", "completed"]}}, [0, 3]),
            ({"status": {"$ne": "new"}}, [1, 2, 3, 4, 5]),
            ({"submit_time": {"$gte": DATE + timedelta(hours=4)}}, [4, 5]),
            ({"submit_time": {"$gt": DATE + timedelta(hours=4)}}, [5]),
            ({"submit_time": {"$lte": DATE + timedelta(hours=1)}}, [0, 1]),
            ({"end_time": {"$lte": DATE}}, []),
            ({"end_time": None, "status": "new"}, [0]),
            ({"parent": None, "worker": {"$ne": None}}, []),
            ({"exp_working_dir": "work", "status": "new"}, [0]),
            ({"nothing": {"$ne": 1}}, []),
        ],
    )
    @pytest.mark.usefixtures("many")
    def test_trials_are_found_by_a_query(
        self, storage: Any, experiment: Worked, where: dict[str, Any], expected: list[int]
    ) -> None:
        found = storage.fetch_trials(experiment, where=where)
        assert [trial.params["x"] for trial in found] == expected

    def test_trials_are_updated_by_a_query(
        self, storage: Any, experiment: Worked, many: dict[str, Trial]
    ) -> None:
        interrupt = {"where": {"status": {"$in": ["broken", "suspended"]}}, "status": "interrupted"}
        assert storage.update_trials(experiment, **interrupt) == 2
        assert len(storage.fetch_trials_by_status(experiment, "interrupted")) == 3
        assert storage.update_trial(many["new"], where={"status": "new"}, worker="me") == 1
        assert storage.update_trial(many["new"], where={"status": "broken"}, worker="you") == 0
        assert storage.get_trial(many["new"]).worker == "me"
        assert storage.count_broken_trials(experiment) == 0

    @pytest.mark.usefixtures("many")
    def test_trials_are_deleted_by_a_query(self, storage: Any, experiment: Worked) -> None:
        assert storage.delete_trials(uid=experiment.id, where={"status": "completed"}) == 1
        assert storage.delete_trials(experiment, where={"worker": "nobody"}) == 0
        assert storage.count_completed_trials(experiment) == 0
        assert storage.delete_trials(experiment) == 5
        assert storage.fetch_trials(experiment) == []

    # -- reservations --------------------------------------------------------------------------

    def test_waiting_trials_are_reserved_one_by_one(
        self, storage: Any, experiment: Worked, many: dict[str, Trial]
    ) -> None:
        reserved = [storage.reserve_trial(experiment) for _ in range(3)]
        assert [trial.id for trial in reserved] == [
            many[status].id for status in ("new", "suspended", "interrupted")
        ]
        for trial in reserved:
            assert trial.status == "reserved"
            assert trial.start_time is not None
            assert storage.get_trial(trial).status == "reserved"
        assert storage.reserve_trial(experiment) is None

    def test_no_trial_is_reserved_twice(self, storage: Any, experiment: Worked) -> None:
        for x in range(5):
            storage.register_trial(make_trial(experiment, x))
        results = race([lambda: storage.reserve_trial(experiment) for _ in range(8)])
        assert not [result for result in results if isinstance(result, Exception)]
        ids = [trial.id for trial in results if trial is not None]
        assert len(ids) == len(set(ids)) == 5

    def test_results_complete_a_reserved_trial(self, storage: Any, experiment: Worked) -> None:
        storage.register_trial(make_trial(experiment))
        trial = storage.reserve_trial(experiment)
        storage.push_trial_results(with_objective(trial))
        stored = storage.get_trial(trial)
        assert (stored.status, stored.objective.value) == ("completed", 1.5)
        assert stored.end_time == trial.end_time
        with pytest.raises(FailedUpdate):
            storage.push_trial_results(with_objective(trial, 2.5))
        assert storage.get_trial(trial).objective.value == 1.5

    def test_results_need_a_reservation(self, storage: Any, experiment: Worked) -> None:
        storage.register_trial(make_trial(experiment))
        with pytest.raises(FailedUpdate):
            storage.push_trial_results(with_objective(make_trial(experiment)))

    def test_a_status_changes_only_from_what_it_was(self, storage: Any, experiment: Worked) -> None:
        trial = storage.register_trial(make_trial(experiment))
        storage.set_trial_status(trial, "suspended", heartbeat=DATE)
        assert trial.status == "suspended"
        assert storage.get_trial(trial).heartbeat == DATE
        with pytest.raises(FailedUpdate):
            storage.set_trial_status(trial, "broken", was="reserved")
        assert storage.get_trial(trial).status == "suspended"
        with pytest.raises(ValueError, match="not one of"):
            storage.set_trial_status(trial, "happy")

    def test_one_of_many_status_changes_wins(self, storage: Any, experiment: Worked) -> None:
        storage.register_trial(make_trial(experiment))

        def break_it() -> None:
            (trial,) = storage.fetch_trials(experiment)
            storage.set_trial_status(trial, "broken", was="new")

        results = race([break_it] * 4)
        assert sum(isinstance(result, FailedUpdate) for result in results) == 3

    def test_only_reserved_trials_have_a_heartbeat(self, storage: Any, experiment: Worked) -> None:
        storage.register_trial(make_trial(experiment))
        trial = storage.reserve_trial(experiment)
        assert storage.update_heartbeat(trial)
        assert storage.fetch_lost_trials(experiment) == []
        storage.set_trial_status(trial, "interrupted")
        assert not storage.update_heartbeat(trial)

    def test_a_trial_without_recent_heartbeat_is_lost(
        self, storage: Any, experiment: Worked
    ) -> None:
        lost = make_trial(experiment, 1, status="reserved", heartbeat=datetime(2020, 1, 1))
        storage.register_trial(lost)
        storage.register_trial(make_trial(experiment, 2, status="new"))
        assert storage.fetch_lost_trials(experiment) == [lost]

    # -- algorithms ----------------------------------------------------------------------------

    def test_an_algorithm_begins_without_state(self, storage: Any, experiment: Worked) -> None:
        info = storage.get_algorithm_lock_info(experiment)
        assert (info.state, info.configuration) == (None, {"random": {"seed": 1}})
        assert not info.locked
        assert storage.get_algorithm_lock_info(uid="nobody") is None

    def test_the_state_that_was_set_is_saved(self, storage: Any, experiment: Worked) -> None:
        with storage.acquire_algorithm_lock(experiment) as locked:
            assert locked.state is None
            assert locked.locked
            locked.set_state({"rng": ("MT", numpy.arange(3), 1.5), "seen": {"a", "b"}})
        state = storage.get_algorithm_lock_info(experiment).state
        assert state["rng"][1].tolist() == [0, 1, 2]
        assert state["seen"] == {"a", "b"}

    def test_a_growing_state_is_saved_each_time(self, storage: Any, experiment: Worked) -> None:
        log = ""
        for number in range(30):
            with storage.acquire_algorithm_lock(experiment) as locked:
                assert (locked.state or {"log": ""})["log"] == log
                log += f"event {number}\n" * 20
                locked.set_state({"log": log, "number": number})
        log = "another " * 1000
        with storage.acquire_algorithm_lock(experiment) as locked:
            locked.set_state({"log": log})
        assert storage.get_algorithm_lock_info(experiment).state == {"log": log}

    def test_a_state_is_not_saved_after_an_error(self, storage: Any, experiment: Worked) -> None:
        with storage.acquire_algorithm_lock(experiment) as locked:
            locked.set_state({"a": 1})

        def fail() -> None:
            with storage.acquire_algorithm_lock(experiment) as locked:
                locked.set_state({"a": 2})
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        info = storage.get_algorithm_lock_info(experiment)
        assert (info.state, bool(info.locked)) == ({"a": 1}, False)

    def test_a_held_lock_is_waited_for(self, storage: Any, experiment: Worked) -> None:
        with storage.acquire_algorithm_lock(experiment):
            assert storage.get_algorithm_lock_info(experiment).locked
            with (
                pytest.raises(LockAcquisitionTimeout),
                storage.acquire_algorithm_lock(experiment, timeout=0.05, retry_interval=0.01),
            ):
                raise AssertionError("two hold the lock")
            other = make_experiment(storage, "other")
            with storage.acquire_algorithm_lock(other, timeout=1):
                pass

    def test_nobody_decides_at_the_same_time(self, storage: Any, experiment: Worked) -> None:
        def count() -> None:
            for _ in range(5):
                with storage.acquire_algorithm_lock(experiment, retry_interval=0.01) as locked:
                    locked.set_state({"n": (locked.state or {"n": 0})["n"] + 1})

        assert race([count] * 4) == [None] * 4
        assert storage.get_algorithm_lock_info(experiment).state == {"n": 20}

    def test_a_lock_is_released_by_force(self, storage: Any, experiment: Worked) -> None:
        with storage.acquire_algorithm_lock(experiment) as locked:
            locked.set_state({"a": 1})
        lock = storage.acquire_algorithm_lock(experiment)
        lock.__enter__()
        storage.release_algorithm_lock(uid=experiment.id, new_state={"a": 2})
        with storage.acquire_algorithm_lock(experiment, timeout=1) as locked:
            assert locked.state == {"a": 2}
        with contextlib.suppress(LockAcquisitionTimeout):  # some storages say so
            lock.__exit__(None, None, None)
        assert storage.get_algorithm_lock_info(experiment).state == {"a": 2}

    def test_an_algorithm_is_deleted(self, storage: Any, experiment: Worked) -> None:
        assert storage.delete_algorithm_lock(experiment) == 1
        assert storage.delete_algorithm_lock(uid=experiment.id) == 0
        assert storage.get_algorithm_lock_info(experiment) is None
        storage.initialize_algorithm_lock(experiment.id, {"tpe": {}})
        assert storage.get_algorithm_lock_info(experiment).configuration == {"tpe": {}}


class LeaseContract:
    """What a storage does whose reservations and locks expire.

    The class needs two storage objects on one database, as two processes have them, and a clock
    that both go by; a lease of a trial lasts for 10 s, one of a lock for 5 s.
    """

    @pytest.fixture
    def clock(self) -> Clock:
        """Return the clock of both."""
        return Clock()

    @pytest.fixture
    def storage(self) -> Any:
        """Return an empty storage; override this."""
        raise NotImplementedError("Give your test class a fixture named storage.")

    @pytest.fixture
    def peer(self) -> Any:
        """Return another object for the same database; override this."""
        raise NotImplementedError("Give your test class a fixture named peer.")

    @pytest.fixture
    def experiment(self, storage: Any) -> Worked:
        """Return an experiment without trials."""
        return make_experiment(storage)

    @pytest.fixture
    def trial(self, storage: Any, experiment: Worked) -> Trial:
        """Return a trial that `storage` has reserved."""
        storage.register_trial(make_trial(experiment))
        return storage.reserve_trial(experiment)

    def test_a_dead_workers_trial_is_taken_over(
        self, peer: Any, experiment: Worked, trial: Trial, clock: Clock
    ) -> None:
        clock.now += 9.9
        assert peer.reserve_trial(experiment) is None
        assert peer.fetch_lost_trials(experiment) == []
        clock.now += 0.2
        assert peer.fetch_lost_trials(experiment) == [trial]
        assert peer.reserve_trial(experiment).id == trial.id
        assert peer.reserve_trial(experiment) is None

    def test_lost_trials_are_interrupted(
        self, peer: Any, experiment: Worked, trial: Trial, clock: Clock
    ) -> None:
        assert peer.interrupt_lost_trials([experiment.id]) == 0
        clock.now += 11
        assert peer.interrupt_lost_trials([experiment.id, "another"]) == 1
        assert peer.get_trial(trial).status == "interrupted"

    def test_a_slow_worker_keeps_its_trial(
        self, storage: Any, peer: Any, experiment: Worked, trial: Trial, clock: Clock
    ) -> None:
        for _ in range(5):
            clock.now += 9
            assert storage.update_heartbeat(trial) == 1
            assert peer.reserve_trial(experiment) is None
        storage.push_trial_results(with_objective(trial))

    def test_an_expired_reservation_that_nobody_took_is_still_good(
        self, storage: Any, trial: Trial, clock: Clock
    ) -> None:
        clock.now += 100
        storage.push_trial_results(with_objective(trial))
        assert storage.get_trial(trial).status == "completed"

    @pytest.fixture
    def taken_over(self, peer: Any, experiment: Worked, trial: Trial, clock: Clock) -> Trial:
        """Return the trial after `peer` took it over."""
        clock.now += 11
        taken: Trial = peer.reserve_trial(experiment)
        assert taken.id == trial.id
        return taken

    def test_a_late_result_is_refused(
        self, storage: Any, peer: Any, trial: Trial, taken_over: Trial
    ) -> None:
        late = with_objective(trial, 666.0)
        for _ in range(2):
            with pytest.raises(FailedUpdate):
                storage.push_trial_results(late)
        peer.push_trial_results(with_objective(taken_over, 1.0))
        assert storage.get_trial(taken_over).objective.value == 1.0

    def test_a_late_release_is_refused(self, storage: Any, trial: Trial, taken_over: Trial) -> None:
        with pytest.raises(FailedUpdate):
            storage.set_trial_status(trial, "interrupted", was="reserved")
        assert storage.get_trial(taken_over).status == "reserved"

    @pytest.mark.usefixtures("taken_over")
    def test_a_late_heartbeat_is_refused(self, storage: Any, trial: Trial) -> None:
        assert storage.update_heartbeat(trial) == 0

    def test_a_trial_reserved_by_hand_is_fenced_too(
        self, storage: Any, peer: Any, experiment: Worked, clock: Clock
    ) -> None:
        trial = storage.register_trial(make_trial(experiment, 3))
        storage.set_trial_status(trial, "reserved", heartbeat=120)
        clock.now += 11
        assert peer.reserve_trial(experiment).id == trial.id
        with pytest.raises(FailedUpdate):
            storage.push_trial_results(with_objective(trial))

    def test_a_dead_workers_lock_is_taken_over(
        self, storage: Any, peer: Any, experiment: Worked, clock: Clock
    ) -> None:
        dead = storage.acquire_algorithm_lock(experiment)
        dead.__enter__()
        clock.now += 4.9
        with (
            pytest.raises(LockAcquisitionTimeout),
            peer.acquire_algorithm_lock(experiment, timeout=0.02),
        ):
            raise AssertionError("taken too early")
        clock.now += 0.2
        with peer.acquire_algorithm_lock(experiment, timeout=1) as locked:
            locked.set_state({"by": "peer"})
        with pytest.raises(LockAcquisitionTimeout):
            dead.__exit__(None, None, None)

    def test_a_late_state_is_refused(
        self, storage: Any, peer: Any, experiment: Worked, clock: Clock
    ) -> None:
        def decide_slowly() -> None:
            with storage.acquire_algorithm_lock(experiment) as slow:
                clock.now += 6
                with peer.acquire_algorithm_lock(experiment, timeout=1) as locked:
                    locked.set_state({"by": "peer"})
                slow.set_state({"by": "slow"})

        with pytest.raises(FailedUpdate):
            decide_slowly()
        assert peer.get_algorithm_lock_info(experiment).state == {"by": "peer"}
        with storage.acquire_algorithm_lock(experiment, timeout=1) as locked:
            assert locked.state == {"by": "peer"}

    def test_a_late_suggestion_is_refused(
        self, storage: Any, peer: Any, experiment: Worked, clock: Clock
    ) -> None:
        def decide_slowly() -> None:
            with storage.acquire_algorithm_lock(experiment):
                clock.now += 6
                with peer.acquire_algorithm_lock(experiment, timeout=1):
                    pass
                storage.register_trial(make_trial(experiment))

        with pytest.raises(FailedUpdate):
            decide_slowly()
        assert peer.fetch_trials(experiment) == []

    def test_a_state_that_cannot_be_stored_frees_the_lock(
        self, storage: Any, peer: Any, experiment: Worked
    ) -> None:
        def save() -> None:
            with storage.acquire_algorithm_lock(experiment) as locked:
                locked.set_state({"what": object()})

        with pytest.raises(StorageError, match=r"builtins\.object"):
            save()
        with peer.acquire_algorithm_lock(experiment, timeout=1) as locked:
            assert locked.state is None

    def test_peers_see_each_others_states(
        self, storage: Any, peer: Any, experiment: Worked
    ) -> None:
        log = "x" * 2000
        for number in range(6):
            worker = (storage, peer)[number % 2]
            with worker.acquire_algorithm_lock(experiment) as locked:
                assert locked.state == ({"log": log} if number else None)
                log += f"{number}" if number != 3 else "y" * 3000
                log = log if number != 4 else "z" * 1500
                locked.set_state({"log": log})
        assert peer.get_algorithm_lock_info(experiment).state == {"log": log}
