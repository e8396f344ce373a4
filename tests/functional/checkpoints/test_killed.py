"""Whole programs that are killed with kill -9, and several at once."""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import yaml
from orion.client import get_experiment

from orion_pbt.checkpoints import DirectoryStore, Start, Workspace
from orion_pbt.checkpoints.layout import HIDDEN
from orion_pbt.testing.checkpoints import tree

ORION = str(Path(sys.executable).parent / "orion")

PREPARE = """
    import sys
    from orion_pbt.checkpoints import DirectoryStore, Start, Workspace
    store = DirectoryStore(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        get = lambda directory, beat: store.get("parent", directory, beat)
        Workspace(store).prepare(Start(f"child{number}", "exp", "now", "parent", get))
    print("done", flush=True)
"""


def program(text, *args):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text), *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.fixture
def parent(tmp_path):
    parent = tmp_path / "exp" / "parent"
    for number in range(40):
        path = parent / f"{number % 3}" / f"{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(20000))
    return parent


def start(store, key):
    return Start(
        key, "exp", "now", "parent", lambda directory, beat: store.get("parent", directory, beat)
    )


def test_killed_at_any_time_nothing_is_half_done(tmp_path, parent):
    rng = random.Random(1)
    before = tree(parent)
    root = tmp_path / "exp"
    killed = 0
    for attempt in range(20):
        process = program(PREPARE, root, 100 * attempt, 100 * attempt + 100)
        go(process)
        time.sleep(rng.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()
        killed += bool(list((root / HIDDEN).glob("stage/*")))
        for child in root.glob("child*"):
            assert tree(child) == before
    assert killed, "no program was killed in the middle of a copy"
    store = DirectoryStore(root)
    number = len(list(root.glob("child*")))
    assert tree(Workspace(store).prepare(start(store, "childx")).path) == before
    assert len(list(root.glob("child*"))) == number + 1
    assert not list((root / HIDDEN / "stage").iterdir())
    assert store.claims.living() == []


COLLECT = """
    import sys
    from orion_pbt.checkpoints import DirectoryStore
    store = DirectoryStore(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(sys.argv[2])):
        for key in store.keys():
            if key != "parent":
                store.remove(key)
        store.sweep()
    print("done", flush=True)
"""

CHAIN = """
    import sys
    from pathlib import Path
    from orion_pbt.checkpoints import DirectoryStore, Start, Workspace
    from orion_pbt.errors import CheckpointError
    store = DirectoryStore(sys.argv[1])
    name = sys.argv[2]
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(40):
        # Its source is removed by the others whenever they can.
        source = f"{name}-{number}"
        Workspace(store).prepare(Start(source, "exp", "now", "parent",
            lambda directory, beat: store.get("parent", directory, beat)))
        target = Path(sys.argv[3]) / source
        target.mkdir()
        try:
            store.get(source, target)
        except CheckpointError:
            target.rename(target.with_name(source + ".gone"))
    print("done", flush=True)
"""


def test_copies_and_collectors_at_once(tmp_path, parent):
    """No lock is taken; whoever copies has the whole, or is told that it is gone."""
    before = tree(parent)
    copies = tmp_path / "copies"
    copies.mkdir()
    processes = [program(COLLECT, tmp_path / "exp", 60) for _ in range(2)]
    processes += [program(CHAIN, tmp_path / "exp", f"c{number}", copies) for number in range(3)]
    for process in processes:
        go(process)
    for process in processes:
        assert process.communicate(timeout=100)[0] == "done\n"
    got = [copy for copy in copies.iterdir() if not copy.name.endswith(".gone")]
    assert len(got) > 10
    for copy in got:
        assert tree(copy) == before
    assert tree(parent) == before


SCRIPT = """
    import argparse, pathlib, time
    from orion_pbt import report_objective, saved_checkpoint, saving_checkpoint

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    parser.add_argument("--epochs", type=int)
    args = parser.parse_args()
    saved = saved_checkpoint("weights")
    lines = saved.read_text().splitlines() if saved else []
    assert len(lines) in (args.epochs - 1, args.epochs), (lines, args.epochs)
    time.sleep(0.05)
    with saving_checkpoint("weights") as path:
        path.write_text("\\n".join([*lines[: args.epochs - 1], f"{args.epochs} {args.lr}"]))
    with saving_checkpoint("data") as path:
        path.write_bytes(b"x" * 1000000)
    report_objective((args.lr - 0.1) ** 2 / args.epochs)
"""


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_workers_that_are_killed(tmp_path, monkeypatch):
    monkeypatch.setenv("ORION_HEARTBEAT", "1")  # what is lost is noticed after five of them
    storage = {
        "type": "legacy",
        "database": {"type": "pickleddb", "host": str(tmp_path / "db.pkl")},
    }
    config = {
        "experiment": {
            "algorithm": {"pbt": {"population_size": 4, "generations": 3, "seed": 1}},
            "working_dir": str(tmp_path / "wd"),
        },
        "storage": storage,
        "worker": {"n_workers": 1, "executor": "singleexecutor"},
    }
    (tmp_path / "pbt.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "train.py").write_text(textwrap.dedent(SCRIPT))
    command = [ORION, "hunt", "-n", "exp", "-c", "pbt.yaml", sys.executable, "train.py"]
    command += ["--lr~loguniform(1e-5, 1)", "--epochs~fidelity(1, 4)"]
    rng = random.Random(0)
    for _ in range(2):
        worker = subprocess.Popen(
            command, cwd=tmp_path, start_new_session=True, stdout=subprocess.DEVNULL
        )
        time.sleep(rng.uniform(4, 7))
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        # A worker that dies inside Oríon's lock of the algorithm keeps it.
        subprocess.run(
            [ORION, "db", "release", "exp", "-c", "pbt.yaml", "--force"],
            cwd=tmp_path,
            capture_output=True,
        )
    subprocess.run(command, cwd=tmp_path, check=True, timeout=200, stdout=subprocess.DEVNULL)
    trials = get_experiment("exp", storage=storage).fetch_trials()
    assert collections.Counter(trial.status for trial in trials)["broken"] == 0
    ends = {trial.id for trial in trials if trial.params["/epochs"] == 4}
    assert len(ends) == 4
    left = {path.name for path in (tmp_path / "wd").iterdir() if path.name != HIDDEN}
    assert ends <= left
    assert len(left) <= 5
    for end in ends:
        lines = (tmp_path / "wd" / end / "weights").read_text().splitlines()
        assert [line.split()[0] for line in lines] == ["1", "2", "3", "4"]
    assert not list((tmp_path / "wd" / HIDDEN / "stage").iterdir())
