"""Logging to Weights & Biases: to the real one offline, to a stand-in for the server's part."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orion_pbt.tracking import Row, Segment, WandbTracker

BLOCK, FULL, LAST = 32768, 1, 4
SEGMENT = Segment("f2", 2, 2, "a0", "line-1-segment-1", "a1", "b1")


def row(step: int, score: float = 0.5) -> Row:
    return Row(
        f"trial{step}",
        step,
        {"hyperparameters/lr": 0.1 * step, "score": score},
        {"hyperparameters/opt": "sgd"},
    )


class Server:
    """Stands in for the package with a server that keeps runs, as far as it is used."""

    def __init__(self) -> None:
        self.runs: dict[str, dict[int, Mapping[str, Any]]] = {}
        self.begun: list[dict[str, Any]] = []
        self.fails_at: int | None = None

    def Settings(self, **settings: Any) -> Any:  # noqa: N802 (its name there)
        return settings

    def init(self, **settings: Any) -> Any:
        self.begun.append(settings)
        history = self.runs.setdefault(settings["id"], {})

        def log(values: Mapping[str, Any], step: int) -> None:
            if step == self.fails_at:
                raise OSError("the network is gone")
            assert step > max(history, default=-1), "W&B drops such a step, with a warning"
            history[step] = values

        return SimpleNamespace(
            step=max(history, default=-1) + 1, log=log, finish=lambda: self.begun.append({})
        )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.delenv("WANDB_PROJECT", raising=False)
    monkeypatch.setitem(sys.modules, "wandb", server)  # type: ignore[arg-type]
    return server


def test_a_run_says_where_it_branched_off(server: Server, tmp_path: Path) -> None:
    WandbTracker(str(tmp_path), "exp-v1").write(SEGMENT, [row(4), row(7)])
    begun, finished = server.begun
    assert finished == {}
    assert {name: begun[name] for name in ("project", "group", "name", "resume", "dir")} == {
        "project": "exp-v1",
        "group": "exp-v1",
        "name": "line-2-segment-2",
        "resume": "allow",
        "dir": str(tmp_path),
    }
    assert begun["config"] == {
        "line": "2",
        "segment": "2",
        "first_trial": "f2",
        "parent_run": "line-1-segment-1",
        "copied_trial": "a1",
        "replaced_trial": "b1",
        "lr": 0.4,
        "opt": "sgd",
    }
    assert server.runs == {
        begun["id"]: {
            step: {**row(step).scalars, **row(step).texts, "trial": f"trial{step}"}
            for step in (4, 7)
        }
    }


def test_another_process_goes_on_where_this_one_stopped(server: Server, tmp_path: Path) -> None:
    WandbTracker(str(tmp_path), "exp-v1").write(SEGMENT, [row(4), row(7)])
    tracker = WandbTracker(str(tmp_path), "exp-v1")
    assert tracker.last_step(SEGMENT) == 7
    tracker.write(SEGMENT, [row(10)])
    (history,) = server.runs.values()
    assert list(history) == [4, 7, 10]


def test_what_the_server_has_is_not_logged_again(server: Server, tmp_path: Path) -> None:
    server.fails_at = 7
    with pytest.raises(OSError, match="gone"):
        WandbTracker(str(tmp_path), "exp-v1").write(SEGMENT, [row(4), row(7)])
    server.fails_at = None
    tracker = WandbTracker(str(tmp_path), "exp-v1")
    assert tracker.last_step(SEGMENT) is None  # nobody noted it
    tracker.write(SEGMENT, [row(4), row(7)])
    (history,) = server.runs.values()
    assert list(history) == [4, 7]


def test_experiments_with_the_same_trials_have_their_own_runs(
    server: Server, tmp_path: Path
) -> None:
    for title in ("exp-v1", "exp-v2"):
        tracker = WandbTracker(str(tmp_path), title)
        assert tracker.last_step(SEGMENT) is None
        tracker.write(SEGMENT, [row(4)])
    assert len(server.runs) == 2


def records(file: Path) -> Iterator[bytes]:
    """Iterate over what is in a file of W&B: after 7 bytes, the log format of LevelDB."""
    content, place, record = file.read_bytes(), 7, b""
    while place < len(content):
        left = BLOCK - place % BLOCK
        if left < 7:  # no header fits in what is left of the block
            place += left
            continue
        _, size, kind = struct.unpack_from("<IHB", content, place)
        record += content[place + 7 : place + 7 + size]
        place += 7 + size
        if kind in (FULL, LAST):
            yield record
            record = b""


@pytest.mark.filterwarnings("ignore")  # what W&B and what it imports warn of is theirs
def test_the_real_one_takes_it_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="pip install wandb")
    from wandb.proto.wandb_internal_pb2 import Record

    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_PROJECT", "mine")
    tracker = WandbTracker(str(tmp_path), "exp-v1")
    tracker.write(SEGMENT, [row(4), row(7)])
    (file,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    found = [Record.FromString(record) for record in records(file)]
    run = next(record.run for record in found if record.WhichOneof("record_type") == "run")
    assert (run.project, run.run_group, run.display_name) == ("mine", "exp-v1", SEGMENT.name)
    rows = [
        {
            item.key or "/".join(item.nested_key): json.loads(item.value_json)
            for item in record.history.item
        }
        for record in found
        if record.WhichOneof("record_type") == "history"
    ]
    assert [items["_step"] for items in rows] == [4, 7]
    for items, logged in zip(rows, [row(4), row(7)]):
        assert items == {**items, **logged.scalars, **logged.texts, "trial": logged.key}
