"""Copying experiments between storages of all kinds."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mongomock
import pymongo
import pytest
from orion.client import build_experiment, get_experiment
from orion.storage.base import setup_storage

from orion_pbt.errors import StorageError
from orion_pbt.storage import copying
from orion_pbt.storage.copying import (
    DOOMED,
    UNFINISHED,
    copy_experiment,
    family,
    finish_removals,
    remove_experiment,
)
from orion_pbt.testing.storage import make_experiment, make_trial

KINDS = ("sqlite", "pickleddb", "mongodb", "postgresql")
SETTINGS = {"pbt": {"seed": 1, "population_size": 4, "generations": 3}}
SPACE = {"lr": "loguniform(1e-3, 1)", "epochs": "fidelity(1, 4, base=1)"}


@pytest.fixture
def storages(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """Return what makes empty storages of a kind; MongoDB's server is a double in memory."""
    numbers = itertools.count()

    def make(kind: str) -> Any:
        path = tmp_path / f"storage{next(numbers)}"
        if kind == "postgresql":
            return setup_storage({"type": "sql", "url": request.getfixturevalue("postgresql_url")})
        if kind == "sqlite":
            return setup_storage({"type": "sql", "url": f"sqlite:///{path}"})
        database = {"type": "pickleddb", "host": str(path)}
        if kind == "mongodb":
            database = {"type": "mongodb", "host": "mongodb://localhost", "name": path.name}
        return setup_storage({"type": "legacy", "database": database})

    with mongomock.patch(servers=(("localhost", 27017),)):
        # What Oríon asks for and the double lacks.
        monkeypatch.setattr(pymongo.MongoClient, "PORT", 27017, raising=False)
        monkeypatch.setattr(mongomock.Database, "command", lambda *_: {"ok": 1})
        yield make


def train(storage: Any, directory: Path, trials: int, **settings: Any) -> Any:
    """Train a population a little, with one broken trial; return the client."""
    client = build_experiment(
        "exp",
        space=SPACE,
        algorithm={"pbt": {**SETTINGS["pbt"], **settings}},
        storage=storage,
        working_dir=str(directory),
    )
    for number in range(trials):
        trial = client.suggest()
        if number == 1:
            client.release(trial, "broken")
        else:
            client.observe(trial, [{"name": "o", "type": "objective", "value": trial.params["lr"]}])
    client.close()
    return client


def comparable(storage: Any, name: str = "exp") -> list[Any]:
    """Return all that is to be the same in a copy."""
    found = []
    for experiment in family(storage, name):
        uid = experiment["_id"]
        state = storage.get_algorithm_lock_info(uid=uid)
        trials = [trial.to_dict() for trial in storage.fetch_trials(uid=uid)]
        for trial in trials:
            del trial["experiment"], trial["_id"]
            for when in ("submit_time", "start_time", "end_time", "heartbeat"):
                if trial[when] is not None:  # MongoDB rounds them to milliseconds
                    trial[when] = trial[when].replace(microsecond=0)
        kept = {k: v for k, v in experiment.items() if k not in ("_id", "refers", "metadata")}
        trials.sort(key=lambda trial: str(trial["id"]))
        found.append((kept, experiment["refers"].get("adapter"), state.configuration))
        found.append((json.dumps(state.state, sort_keys=True, default=str), trials))
    return found


@pytest.mark.parametrize(
    ("first", "second"), [pair for pair in itertools.product(KINDS, KINDS) if pair[0] != pair[1]]
)
def test_a_copy_is_the_same_and_the_run_goes_on_in_it(
    storages: Any, tmp_path: Path, first: str, second: str
) -> None:
    source, target = storages(first), storages(second)
    train(source, tmp_path, 7)
    (copied,) = copy_experiment(source, target, "exp")
    assert (copied.name, copied.version, copied.trials) == ("exp", 1, 7)
    assert comparable(target) == comparable(source)
    following = [
        sorted(trial.id for trial in train(storage, tmp_path, 5).fetch_trials())
        for storage in (source, target)
    ]
    assert following[0] == following[1]


def test_all_versions_come_along_with_their_relations(storages: Any, tmp_path: Path) -> None:
    source, target = storages("pickleddb"), storages("sqlite")
    train(target, tmp_path, 0)
    remove_experiment(target, "exp")  # so that the ids in the two storages differ
    train(source, tmp_path, 5)
    branch(source)
    copies = copy_experiment(source, target, "child")
    assert [(copy.name, copy.version, copy.trials) for copy in copies] == [
        ("exp", 1, 5),
        ("child", 1, 0),
    ]
    parent, child = family(target, "exp")
    assert child["refers"]["parent_id"] == parent["_id"]
    assert {document["refers"]["root_id"] for document in (parent, child)} == {parent["_id"]}
    client = get_experiment("child", storage=target)
    assert len(client.fetch_trials(with_evc_tree=True)) == 5


def test_dates_and_infinite_results_stay(storages: Any, tmp_path: Path) -> None:
    source, target = storages("pickleddb"), storages("sqlite")
    client = train(source, tmp_path, 0)
    trial = client.suggest()
    client.observe(trial, [{"name": "o", "type": "objective", "value": float("inf")}])
    copy_experiment(source, target, "exp")
    (before,), (after,) = (
        storage.fetch_trials(uid=family(storage, "exp")[0]["_id"]) for storage in (source, target)
    )
    assert isinstance(after.end_time, datetime.datetime)
    assert after.end_time == before.end_time
    assert after.objective.value == float("inf")


class TestWorkers:
    def test_an_experiment_that_is_worked_on_is_refused(
        self, storages: Any, tmp_path: Path
    ) -> None:
        source = storages("sqlite")
        client = train(source, tmp_path, 2)
        trial = client.suggest()
        with pytest.raises(StorageError, match="1 trials of exp are reserved by workers"):
            copy_experiment(source, storages("sqlite"), "exp")
        client.release(trial)

    def test_unless_forced_and_then_it_is_interrupted(self, storages: Any, tmp_path: Path) -> None:
        source, target = storages("sqlite"), storages("sqlite")
        client = train(source, tmp_path, 2)
        trial = client.suggest()
        copy_experiment(source, target, "exp", force=True)
        (document,) = family(target, "exp")
        assert target.get_trial(uid=trial.id, experiment_uid=document["_id"]).status == (
            "interrupted"
        )
        assert client.get_trial(trial).status == "reserved"
        client.release(trial)


class Killed(BaseException):
    pass


def dying(own: Any, steps: Iterator[int], last: int) -> Any:
    """Return a method that dies at a step, counted together with other methods."""

    def method(*args: Any, **kwargs: Any) -> Any:
        if next(steps) == last:
            raise Killed
        return own(*args, **kwargs)

    return method


def branch(storage: Any) -> None:
    """Make a child of the experiment."""
    build_experiment(
        *("exp", 1), space={**SPACE, "a": "uniform(0, 1, default_value=0.5)"}, storage=storage,
        algorithm=SETTINGS, branching={"branch_to": "child", "enable": True},
    )  # fmt: skip


@pytest.mark.parametrize("step", range(8))
def test_killed_at_any_step_the_next_one_makes_it_whole(
    storages: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    source, target = storages("sqlite"), storages("sqlite")
    train(source, tmp_path, 5)
    branch(source)
    steps = iter(range(100))
    names = ("create_experiment", "update_experiment", "initialize_algorithm_lock")
    with monkeypatch.context() as patch:
        for name in names:
            patch.setattr(target, name, dying(getattr(target, name), steps, step))
        try:
            copy_experiment(source, target, "exp")
        except Killed:
            pass
        else:
            assert step == 7, "there are as many steps as this test tries"
            return
    copy_experiment(source, target, "exp")
    assert comparable(target) == comparable(source)
    assert not [
        document
        for document in target.fetch_experiments({})
        if document["name"].endswith(UNFINISHED)
    ]


def test_a_name_that_is_taken_is_refused(storages: Any, tmp_path: Path) -> None:
    source, target = storages("sqlite"), storages("sqlite")
    train(source, tmp_path, 2)
    train(target, tmp_path, 1)
    with pytest.raises(StorageError, match="has an experiment exp-v1 already"):
        copy_experiment(source, target, "exp")
    assert len(target.fetch_trials(uid=family(target, "exp")[0]["_id"])) == 1


def test_no_such_experiment(storages: Any) -> None:
    with pytest.raises(StorageError, match="has no experiment 'exp'"):
        copy_experiment(storages("sqlite"), storages("sqlite"), "exp")


def test_a_copy_that_misses_something_is_told(
    storages: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = storages("sqlite"), storages("sqlite")
    train(source, tmp_path, 3)
    monkeypatch.setattr(target._db.__class__, "write", lambda *_: 0)
    with pytest.raises(StorageError, match="The copy of exp-v1 differs from it"):
        copy_experiment(source, target, "exp")
    assert target.fetch_experiments({}) == []


@pytest.mark.parametrize("force", [False, True])
def test_a_worker_that_ends_a_trial_meanwhile_is_told(
    storages: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool
) -> None:
    source, target = storages("sqlite"), storages("sqlite")
    client = train(source, tmp_path, 3)
    trial = client.suggest()
    client.release(trial)
    own = copying._copy_algorithm

    def work(*args: Any) -> None:
        trial = client.suggest()
        client.observe(trial, [{"name": "o", "type": "objective", "value": 1.0}])
        own(*args)

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_copy_algorithm", work)
        with pytest.raises(StorageError, match="differs from it: a worker was at it"):
            copy_experiment(source, target, "exp", force=force)
    assert target.fetch_experiments({}) == []
    assert copy_experiment(source, target, "exp")[0].trials == 4


def test_a_worker_that_begins_with_an_interrupted_trial_meanwhile_is_told(
    storages: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = storages("sqlite"), storages("sqlite")
    client = train(source, tmp_path, 3)
    client.release(client.suggest())
    own, reserved = copying._copy_algorithm, []

    def work(*args: Any) -> None:
        reserved.append(client.suggest())
        own(*args)

    monkeypatch.setattr(copying, "_copy_algorithm", work)
    with pytest.raises(StorageError, match="differs from it: a worker was at it"):
        copy_experiment(source, target, "exp")
    client.release(*reserved)


def test_what_cannot_be_stored_leaves_nothing(storages: Any, tmp_path: Path) -> None:
    source, target = storages("pickleddb"), storages("sqlite")
    client = train(source, tmp_path, 3)
    with source.acquire_algorithm_lock(uid=client.id) as locked:
        locked.set_state({"x": 1j})
    with pytest.raises(StorageError, match="complex cannot be stored"):
        copy_experiment(source, target, "exp")
    assert target.fetch_experiments({}) == []


@pytest.mark.parametrize("kind", ["sqlite", "pickleddb", "mongodb"])
def test_a_removal_that_was_killed_at_any_step_is_finished_or_has_not_begun(
    storages: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    names = ("update_experiment", "delete_trials", "delete_algorithm_lock", "delete_experiment")
    for step in itertools.count():
        source = storages(kind)
        parent = make_experiment(source)
        refers = {"parent_id": None, "root_id": parent.id, "adapter": []}
        source.update_experiment(uid=parent.id, refers=refers)
        make_experiment(source, "child", refers={**refers, "parent_id": parent.id})
        for x in (0.1, 0.2):
            source.register_trial(make_trial(parent, x))
        before, steps = comparable(source), iter(range(100))
        with monkeypatch.context() as patch:
            for name in names:
                patch.setattr(source, name, dying(getattr(source, name), steps, step))
            try:
                remove_experiment(source, "exp")
            except Killed:
                pass
            else:
                break
        found = {document["name"]: document for document in source.fetch_experiments({})}
        if step == 0:
            assert comparable(source) == before
        elif step == 1:  # the parent is whole
            assert set(found) == {"exp", "child" + DOOMED}
            assert len(source.fetch_trials(uid=found["exp"]["_id"])) == 2
        else:
            assert all(name.endswith(DOOMED) for name in found)
        assert set(finish_removals(source)) == {
            name[: -len(DOOMED)] for name in found if name.endswith(DOOMED)
        }
        left = {document["name"] for document in source.fetch_experiments({})}
        assert left == {name for name in found if not name.endswith(DOOMED)}
    assert step == 8


def test_to_remove_leaves_nothing(storages: Any, tmp_path: Path) -> None:
    source = storages("sqlite")
    train(source, tmp_path, 3)
    (document,) = family(source, "exp")
    assert remove_experiment(source, "exp") == ["exp"]
    assert family(source, "exp") == []
    assert source.fetch_trials(uid=document["_id"]) == []
    assert source.get_algorithm_lock_info(uid=document["_id"]) is None
