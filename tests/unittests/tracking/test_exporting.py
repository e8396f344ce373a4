"""Each completed member is logged once, in its run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from orion_pbt.lineage import Lineages
from orion_pbt.schedules import FidelitySchedule
from orion_pbt.tracking import Row, Segment, Tracker, exporting
from orion_pbt.tracking.exporting import export, trials_of


class Memory(Tracker):
    """Logs into a dictionary, which outlives it."""

    def __init__(self, runs: dict[str, list[Row]], fails_at: str | None = None) -> None:
        super().__init__()
        self.runs = runs
        self.fails_at = fails_at
        self.asked: list[str] = []

    def _find_last_step(self, segment: Segment) -> int | None:
        self.asked.append(segment.key)
        rows = self.runs.get(segment.name)
        return rows[-1].step if rows else None

    def _write(self, segment: Segment, rows: Sequence[Row]) -> None:
        for row in rows:
            if row.key == self.fails_at:
                raise OSError("the disk is full")
            self.runs.setdefault(segment.name, []).append(row)


def nothing(keys: Collection[str]) -> Mapping[str, Any]:
    return {}


def keys(runs: Mapping[str, list[Row]]) -> dict[str, list[tuple[str, int]]]:
    return {name: [(row.key, row.step) for row in rows] for name, rows in runs.items()}


RUNS = {
    "line-1-segment-1": [("a0", 1), ("a1", 4), ("a2", 7), ("a3", 10)],
    "line-2-segment-1": [("b0", 1), ("b1", 4)],
    "line-3-segment-1": [("c0", 1), ("c1x", 4), ("c2", 7), ("c3", 10)],
    "line-2-segment-2": [("f2", 7), ("f3", 10)],
    "line-3-segment-2": [("back1", 4)],
}


def test_each_run_has_its_steps_in_order(lineages: Lineages, schedule: FidelitySchedule) -> None:
    tracker = Memory({})
    added = export(tracker, lineages, schedule, nothing)
    assert keys(tracker.runs) == RUNS
    assert added == {name: len(rows) for name, rows in RUNS.items()}


def test_only_what_is_new_is_added_by_the_same_and_by_another_process(
    lineages: Lineages, schedule: FidelitySchedule
) -> None:
    tracker = Memory({})
    export(tracker, lineages, schedule, nothing)
    assert export(tracker, lineages, schedule, nothing) == {}
    assert len(tracker.asked) == len(RUNS)  # not again
    lineages.complete("pending", 0.0)
    other = Memory(tracker.runs)
    assert export(other, lineages, schedule, nothing) == {"line-3-segment-2": 1}
    assert keys(other.runs)["line-3-segment-2"] == [("back1", 4), ("pending", 7)]


@pytest.mark.parametrize("fails_at", [key for rows in RUNS.values() for key, _ in rows])
def test_what_failed_in_between_is_gone_on_with(
    lineages: Lineages, schedule: FidelitySchedule, fails_at: str
) -> None:
    tracker = Memory({}, fails_at)
    with pytest.raises(OSError, match="full"):
        export(tracker, lineages, schedule, nothing)
    tracker = Memory(tracker.runs)
    export(tracker, lineages, schedule, nothing)
    assert keys(tracker.runs) == RUNS


@pytest.mark.parametrize("many", [1, 100])
def test_trials_are_found_one_by_one_or_all_at_once(
    monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(exporting, "MANY", many)
    trials = {key: SimpleNamespace(id=key) for key in ("a", "b")}
    asked: list[str] = []

    def get_trial(uid: str) -> Any:
        asked.append(uid)
        return trials.get(uid)

    def fetch(status: str) -> list[Any]:
        asked.append(status)
        return list(trials.values())

    client = SimpleNamespace(get_trial=get_trial, fetch_trials_by_status=fetch)
    found = trials_of(client)(["a", "gone"])
    assert found["a"] is trials["a"]
    assert "gone" not in found
    assert asked == (["completed"] if many == 1 else ["a", "gone"])
