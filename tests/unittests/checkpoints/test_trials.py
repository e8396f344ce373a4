"""Oríon's trials find their parents' files, in any version of the experiment and any executor."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

import pytest
from orion.client import build_experiment
from orion.client.runner import prepare_trial_working_dir
from orion.core.utils.exceptions import BrokenExperiment, NoConfigurationError
from orion.executor.base import executor_factory

import orion_pbt.algorithms  # noqa: F401 (puts the corrections in place)
from orion_pbt.checkpoints import Settings
from orion_pbt.checkpoints.layout import HIDDEN
from orion_pbt.errors import CheckpointError, ConfigurationError
from orion_pbt.report import function_directory, saved_checkpoint, saving_checkpoint
from orion_pbt.upstream import trial_directories

PBT = {"pbt": {"population_size": 4, "generations": 3, "seed": 1}}
SPACE = {"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 4)"}


def train(lr, epochs, trial, **kwargs):
    """Append a line to the weights, so that they tell their history."""
    with function_directory(trial.working_dir):
        saved = saved_checkpoint("weights")
        lines = saved.read_text().splitlines() if saved else []
        assert len(lines) == epochs - 1, (lines, epochs)
        with saving_checkpoint("weights") as path:
            path.write_text("\n".join([*lines, f"{epochs} {lr}"]))
    return abs(lr - 0.01) / epochs


def make(path, algorithm=PBT, name="exp", space=SPACE, **options):
    storage = {"type": "legacy", "database": {"type": "pickleddb", "host": str(path / "db.pkl")}}
    options.setdefault("working_dir", str(path / "wd"))
    options["executor"] = executor_factory.create("singleexecutor", n_workers=1)
    return build_experiment(
        name, space=space, algorithm=algorithm, storage=storage, max_trials=100, **options
    )


@pytest.fixture
def keeper(monkeypatch):
    """Give the test the keeper, with settings of its own."""
    keeper = trial_directories.keeper
    monkeypatch.setattr(keeper, "_settings", Settings(flush=False))
    monkeypatch.setattr(keeper, "_warned", set())
    return keeper


@pytest.fixture
def using(keeper, monkeypatch):
    def use(**settings):
        monkeypatch.setattr(keeper, "_settings", Settings(flush=False, **settings))

    return use


def directories(path):
    return {entry.name for entry in (path / "wd").iterdir() if not entry.name.startswith(".")}


@pytest.mark.parametrize(
    ("executor", "config"),
    [
        ("singleexecutor", {}),
        ("poolexecutor", {"backend": "multiprocess"}),
        ("poolexecutor", {"backend": "threading"}),
        ("joblib", {"backend": "threading"}),
    ],
)
def test_every_executor(tmp_path, using, executor, config):
    using()
    client = make(tmp_path)
    with client.tmp_executor(executor, n_workers=2, **config):
        client.workon(train, trial_arg="trial", n_workers=2)
    trials = client.fetch_trials()
    assert len(trials) == 16
    assert {trial.status for trial in trials} == {"completed"}
    best = min(trials, key=lambda trial: trial.objective.value)
    ends = {trial.id for trial in trials if trial.params["epochs"] == 4}
    assert directories(tmp_path) == ends | {best.id}


def test_oríons_own_algorithms(tmp_path, using):
    """Nobody knows what they will ask for, so all stays."""
    using()
    algorithm = {"asha": {"seed": 1, "num_rungs": 3}}
    client = make(
        tmp_path, algorithm, space={"lr": SPACE["lr"], "epochs": "fidelity(1, 4, base=2)"}
    )
    seen = []

    def fn(lr, epochs, trial):
        weights = Path(trial.working_dir) / "weights"
        seen.append((trial.parent is not None, weights.exists()))
        weights.write_text(str(epochs))
        return lr

    client.workon(fn, trial_arg="trial", max_trials=12)
    assert (True, True) in seen
    assert all(is_child == has_weights for is_child, has_weights in seen)
    assert directories(tmp_path) == {trial.id for trial in client.fetch_trials()}


def test_a_broken_trial_is_tried_again_from_its_parent(tmp_path, using):
    using(keep="all")
    client = make(tmp_path)
    broken = []

    def fn(lr, epochs, trial):
        if epochs == 2 and len(broken) < 2:
            broken.append(trial.id)
            (Path(trial.working_dir) / "weights").write_text("rubbish\n" * 9)
            raise RuntimeError("broke")
        return train(lr, epochs, trial)

    client.workon(fn, trial_arg="trial", max_broken=10)
    assert len(broken) == 2
    # The user lets a broken trial be tried again.
    trial = client.get_trial(uid=broken[0])
    client._experiment._storage.set_trial_status(trial, "interrupted", was="broken")
    client.close()
    client = make(tmp_path)
    trial = client.get_trial(uid=broken[0])
    client.reserve(trial)
    trial_directories.prepare(client, trial)
    assert train(trial.params["lr"], 2, trial) >= 0
    client.release(trial)


def test_an_interrupted_trial_goes_on_with_its_own(tmp_path, using):
    using()
    client = make(tmp_path)
    trial = client.suggest()
    trial_directories.prepare(client, trial)
    (Path(trial.working_dir) / "weights").write_text("mine")
    client.release(trial, "interrupted")
    trial = client.get_trial(uid=trial.id)
    client.reserve(trial)
    trial_directories.prepare(client, trial)
    assert (Path(trial.working_dir) / "weights").read_text() == "mine"
    client.release(trial)


def test_an_interrupted_trial_needs_nothing_of_its_parent(tmp_path, using):
    using()
    client = make(tmp_path)
    child, parent = completed_root(client)
    trial_directories.prepare(client, child)
    (Path(child.working_dir) / "weights").write_text("mine")
    shutil.rmtree(parent.working_dir)
    trial_directories.prepare(client, child)
    assert (Path(child.working_dir) / "weights").read_text() == "mine"
    client.release(child)


@pytest.mark.parametrize(
    "end",
    [
        lambda client, trial: client.release(trial, "broken"),
        lambda client, trial: client.observe(trial, 1.0),
    ],
    ids=["broken", "completed"],
)
def test_a_worker_that_lost_its_trial_breaks_nothing(tmp_path, using, end):
    using()
    client = make(tmp_path)
    trial = client.suggest()
    trial_directories.prepare(client, trial)
    (Path(trial.working_dir) / "weights").write_text("of the new owner")
    client._experiment._storage.set_trial_status(trial, "interrupted", was="reserved")
    trial.status = "reserved"  # as the worker that was asleep meanwhile sees it
    with pytest.raises(RuntimeError, match="lost"):
        end(client, trial)
    trial = client.get_trial(uid=trial.id)
    client.reserve(trial)
    trial_directories.prepare(client, trial)
    assert (Path(trial.working_dir) / "weights").read_text() == "of the new owner"
    client.release(trial)


def completed_root(client):
    """Train the roots; return a child that waits to be prepared, and its parent."""
    for _ in range(20):
        trial = client.suggest()
        if trial.parent is not None:
            return trial, client.get_trial(uid=trial.parent)
        trial_directories.prepare(client, trial)
        client.observe(trial, train(trial.params["lr"], 1, trial))
    raise AssertionError("no child")


@pytest.mark.parametrize("status", ["new", "reserved", "interrupted", "broken"])
def test_a_parent_that_is_not_completed(tmp_path, using, status):
    using()
    client = make(tmp_path)
    child, parent = completed_root(client)
    client._experiment._storage.set_trial_status(parent, status, was="completed")
    with pytest.raises(CheckpointError, match=f"{parent.id}.*is {status}"):
        trial_directories.prepare(client, child)
    client.release(child)


def test_a_parent_that_is_nowhere(tmp_path, using):
    using()
    client = make(tmp_path)
    child, parent = completed_root(client)
    client._experiment._storage.delete_trials(client._experiment, where={"id": parent.id})
    with pytest.raises(CheckpointError, match="in no version of experiment 'exp'"):
        trial_directories.prepare(client, child)
    client.release(child)


def test_a_parent_without_files(tmp_path, using):
    using()
    client = make(tmp_path)
    child, parent = completed_root(client)
    shutil.rmtree(parent.working_dir)
    with pytest.raises(CheckpointError, match=r"not in .*wd'.*working_dir"):
        trial_directories.prepare(client, child)
    client.release(child)


def test_a_relative_directory_is_said_to_be_one(tmp_path, using, monkeypatch):
    using()
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    client = make(tmp_path, working_dir="wd")
    child, _ = completed_root(client)
    monkeypatch.chdir(tmp_path / "there")
    with pytest.raises(CheckpointError, match="'wd' is relative.*/there'.*an absolute path"):
        trial_directories.prepare(client, child)
    client.working_dir = str(tmp_path / "here" / "wd")
    trial_directories.prepare(client, child)
    train(child.params["lr"], 2, child)
    client.release(child)


def test_a_parent_that_was_collected(tmp_path, using, keeper):
    using()
    client = make(tmp_path)
    child, parent = completed_root(client)
    from orion_pbt.checkpoints import DirectoryStore

    DirectoryStore(tmp_path / "wd").remove(parent.id)
    with pytest.raises(CheckpointError, match="removed.*ORION_PBT_CHECKPOINTS_KEEP=all"):
        trial_directories.prepare(client, child)
    client.release(child)


def test_a_moved_directory(tmp_path, using):
    using()
    client = make(tmp_path)
    child, _ = completed_root(client)
    (tmp_path / "wd").rename(tmp_path / "moved")
    (tmp_path / "elsewhere").mkdir()
    client.working_dir = str(tmp_path / "elsewhere")
    with pytest.raises(
        CheckpointError, match=r"neither in '.*/wd' nor in '.*/elsewhere'.*--working-dir"
    ):
        trial_directories.prepare(client, child)
    client.working_dir = str(tmp_path / "moved")
    child.exp_working_dir = str(tmp_path / "wd")
    trial_directories.prepare(client, child)
    assert Path(child.working_dir).parent == tmp_path / "moved"
    train(child.params["lr"], 2, child)
    client.release(child)


def test_a_database_without_directories(tmp_path, using):
    """As written by an Oríon that did not know ``exp_working_dir``."""
    using()
    client = make(tmp_path)
    child, parent = completed_root(client)
    child.exp_working_dir = None
    client._experiment._storage.update_trial(parent, exp_working_dir=None)
    trial_directories.prepare(client, child)
    train(child.params["lr"], 2, child)
    client.release(child)


def test_a_trial_that_was_inserted_without_files(tmp_path, using, caplog):
    using()
    client = make(tmp_path)
    for number in range(4):
        client.insert({"lr": 0.01 * (number + 1), "epochs": 1}, results=float(number))
    trial = client.suggest()
    while trial.parent is None:
        trial_directories.prepare(client, trial)
        client.observe(trial, train(trial.params["lr"], 1, trial))
        trial = client.suggest()
    parent = client.get_trial(uid=trial.parent)
    if parent.start_time is None:
        trial_directories.prepare(client, trial)
        assert os.listdir(trial.working_dir) == []
        assert "was inserted without files" in caplog.text
    client.release(trial)


@pytest.mark.parametrize("changes", [{}, {"momentum": "uniform(0, 1, default_value=0.9)"}])
def test_parents_in_another_version(tmp_path, using, changes):
    using(keep="all")
    first = make(tmp_path)
    child, _ = completed_root(first)
    first.release(child)
    second = make(
        tmp_path,
        {"random": {"seed": 1}},
        space={**SPACE, **changes},
        branching={"branch_from": "exp", "enable": True},
        working_dir=str(tmp_path / "second"),
    )
    assert second.version == 2
    os.makedirs(second.working_dir, exist_ok=True)
    trial = next(
        t
        for t in second.fetch_trials(with_evc_tree=True)
        if t.status == "completed" and t.params["epochs"] == 1
    )
    from orion.core.utils.format_trials import dict_to_trial

    heir = dict_to_trial({**trial.params, "epochs": 2}, second.space)
    heir.parent = trial.id
    second._experiment.register_trial(heir)
    heir.exp_working_dir = second.working_dir
    trial_directories.prepare(second, heir)
    assert (Path(heir.working_dir) / "weights").exists()


def test_another_experiment_in_the_same_directory(tmp_path, using):
    using()
    clients = [make(tmp_path, name=name) for name in ("exp", "other")]
    trials = [client.suggest() for client in clients]
    assert trials[0].id == trials[1].id
    trial_directories.prepare(clients[0], trials[0])
    with pytest.raises(CheckpointError, match="'exp'.*'other'.*working_dir"):
        trial_directories.prepare(clients[1], trials[1])
    for client, trial in zip(clients, trials):
        client.release(trial)


def test_it_is_said_once_that_checkpoints_go(tmp_path, using, caplog):
    using()
    client = make(tmp_path, working_dir="")
    with caplog.at_level(logging.WARNING):
        client.workon(train, trial_arg="trial", max_trials=2)
        client.workon(train, trial_arg="trial", max_trials=4)
    assert caplog.text.count("has no working_dir") == 1
    assert "--working-dir" in caplog.text


def test_it_is_not_said_where_nothing_is_handed_on(tmp_path, using, caplog):
    using()
    client = make(tmp_path, "random", space={"lr": SPACE["lr"]}, working_dir="")
    client.workon(lambda lr: lr, max_trials=2)
    assert "working_dir" not in caplog.text


def test_a_full_disk_breaks_the_trial(tmp_path, using, caplog, monkeypatch):
    using()
    client = make(tmp_path)
    child, parent = completed_root(client)
    client.release(child)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orion_pbt.checkpoints.files.copy_content", full)
    before = (Path(parent.working_dir) / "weights").read_text()
    with pytest.raises(BrokenExperiment):
        client.workon(train, trial_arg="trial", max_broken=1)
    assert "No room for" in caplog.text
    assert (Path(parent.working_dir) / "weights").read_text() == before
    assert not list((tmp_path / "wd" / HIDDEN / "stage").iterdir())


def test_hard_links_and_a_script_that_writes_in_place(tmp_path, using, caplog):
    using(transfer="link", keep="all")
    client = make(tmp_path)

    def fn(lr, epochs, trial):
        weights = Path(trial.working_dir) / "weights"
        with weights.open("a") as file:
            file.write(f"{epochs}\n")
        return lr

    client.workon(fn, trial_arg="trial", max_trials=8)
    assert "changed weights in place" in caplog.text
    assert (tmp_path / "wd" / HIDDEN / "no-hard-links").exists()


def test_hard_links(tmp_path, using, caplog):
    using(transfer="link", keep="all")
    client = make(tmp_path)

    def fn(lr, epochs, trial):
        data = Path(trial.working_dir) / "data"
        assert data.exists() or epochs == 1
        if epochs == 1:
            data.touch()
        return train(lr, epochs, trial)

    client.workon(fn, trial_arg="trial")
    assert "in place" not in caplog.text
    links = {
        trial.id: os.stat(Path(trial.working_dir) / "data").st_nlink
        for trial in client.fetch_trials()
    }
    assert max(links.values()) >= 4


def test_an_object_store(tmp_path, using):
    pytest.importorskip("fsspec")
    using(store=f"file://{tmp_path}/store")
    client = make(tmp_path)
    client.workon(train, trial_arg="trial")
    trials = client.fetch_trials()
    assert len(trials) == 16
    assert directories(tmp_path) == set()
    kept = {path.stem for path in (tmp_path / "store" / "exp" / "manifests").iterdir()}
    best = min(trials, key=lambda trial: trial.objective.value)
    assert kept == {t.id for t in trials if t.params["epochs"] == 4} | {best.id}


def test_an_object_store_that_is_full(tmp_path, using, monkeypatch):
    using(store=f"file://{tmp_path}/store")
    client = make(tmp_path)
    trial = client.suggest()
    trial_directories.prepare(client, trial)
    from orion_pbt.checkpoints.object_store import ObjectStore

    def put(*args):
        raise CheckpointError("No room")

    monkeypatch.setattr(ObjectStore, "put", put)
    client.observe(trial, train(trial.params["lr"], 1, trial))
    assert client.get_trial(uid=trial.id).status == "broken"


def test_an_object_store_that_has_errors_of_its_own(tmp_path, using, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    using(store=f"file://{tmp_path}/store")
    client = make(tmp_path)
    trial = client.suggest()
    trial_directories.prepare(client, trial)

    def fail(*args, **kwargs):
        raise Exception("SlowDown")

    monkeypatch.setattr(fsspec.get_filesystem_class("file"), "cat_file", fail)
    client.observe(trial, train(trial.params["lr"], 1, trial))
    assert client.get_trial(uid=trial.id).status == "broken"


@pytest.mark.parametrize(("url", "name"), [("foo://x", "exp"), ("memory://store", "a/b")])
def test_a_store_that_cannot_work_is_told_before_training(tmp_path, using, url, name):
    using(store=url)
    client = make(tmp_path, name=name)
    with pytest.raises(ConfigurationError, match="ORION_PBT_CHECKPOINTS_STORE") as caught:
        client.workon(train, trial_arg="trial")
    assert isinstance(caught.value, NoConfigurationError)  # which `orion hunt` shows as a line
    assert client.fetch_trials() == []


def test_loading_and_saving_apart(tmp_path, using, keeper):
    using(transfer="none")
    client = make(tmp_path)
    child, parent = completed_root(client)
    trial_directories.prepare(client, child)
    assert os.listdir(child.working_dir) == []
    assert keeper.environment(child) == {
        "ORION_PBT_LOAD_DIR": parent.working_dir,
        "ORION_PBT_SAVE_DIR": child.working_dir,
    }
    client.release(child)


def test_a_resumed_trial_loads_its_own_when_it_is_as_whole_as_its_parents(tmp_path, using, keeper):
    using(transfer="none")
    client = make(tmp_path)
    child, parent = completed_root(client)
    own, parents = Path(child.working_dir), Path(parent.working_dir)
    for path in (parents / "log", parents / "deep" / "optimizer", parents / "trial_abcdefg1.conf"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    trial_directories.prepare(client, child)
    (own / "deep").mkdir()
    for name in ("log", "weights"):
        (own / name).touch()
        assert keeper.environment(child)["ORION_PBT_LOAD_DIR"] == str(parents)
    (own / "deep" / "optimizer").touch()
    assert keeper.environment(child)["ORION_PBT_LOAD_DIR"] == str(own)
    (own / "deep" / "optimizer").unlink()
    shutil.rmtree(parents)
    assert keeper.environment(child)["ORION_PBT_LOAD_DIR"] == str(own)
    client.release(child)


def test_a_root_has_nothing_to_load(tmp_path, using, keeper):
    using()
    client = make(tmp_path)
    trial = client.suggest()
    trial_directories.prepare(client, trial)
    (Path(trial.working_dir) / "trial_abcdefg1.conf").touch()
    assert keeper.environment(trial) == {"ORION_PBT_SAVE_DIR": trial.working_dir}
    client.release(trial)


def test_a_wrong_setting_is_told_before_training(tmp_path, monkeypatch, keeper):
    monkeypatch.setattr(keeper, "_settings", None)
    monkeypatch.setenv("ORION_PBT_CHECKPOINTS_TRANSFER", "teleport")
    client = make(tmp_path)
    with pytest.raises(ConfigurationError, match="teleport"):
        client.workon(train, trial_arg="trial")
    assert client.fetch_trials() == []


def test_a_hook_of_the_users_own_is_used(tmp_path, using):
    using()
    client = make(tmp_path)
    prepared = []

    def prepare(client, trial):
        prepared.append(trial.id)
        prepare_trial_working_dir(client, trial)

    client.workon(train, trial_arg="trial", prepare_trial=prepare, max_trials=4)
    assert len(prepared) == 4
