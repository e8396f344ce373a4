"""The benchmark of overhead: what it makes of what its processes say."""

from __future__ import annotations

import json
from typing import Any

from trial_overhead import report
from trial_overhead.jobs import Job, Outcome, do, read
from trial_overhead.targets import Line, Results, compare

JOB = Job(True, "memory", 10_000, (1_000, 10_000), 501)


def outcome(storage: str, costs: dict[int, float], *, ours: bool = True, **more: Any) -> Outcome:
    return Outcome(Job(ours, storage, max(costs), tuple(costs), 9), costs, 60.0, **more)


def said(*news: dict[str, Any]) -> str:
    return "".join(json.dumps(item) + "\n" for item in news)


def test_a_job_that_is_done() -> None:
    news = said(
        {"start_mb": 90.5},
        {"trial": 10, "ms": 2.5, "cpu_ms": 2.25},
        {"trial": 20, "ms": 2.0, "cpu_ms": 1.75},
        {"done": True, "end_mb": 120.0, "state_mb": 1.5},
    )
    assert read(JOB, news, "", 12.0) == Outcome(
        JOB,
        {10: 2.5, 20: 2.0},
        12.0,
        start_mb=90.5,
        end_mb=120.0,
        state_mb=1.5,
        cpu={10: 2.25, 20: 1.75},
    )


def test_a_job_that_ends_with_an_error_says_which_and_where() -> None:
    news = said({"trial": 10, "ms": 2.5}, {"error": "RecursionError: too deep"})
    assert read(JOB, news, "", 1.0).ended == "RecursionError: too deep, after trial 10"
    crashed = read(JOB, "", "Traceback:\nMemoryError\n", 1.0)
    assert crashed.ended == "MemoryError, after trial 0"


def test_a_job_that_was_stopped_may_have_been_in_the_middle_of_a_line() -> None:
    found = read(JOB, said({"trial": 10, "ms": 2.5}) + '{"trial": 20, "m', "", 900.0)
    assert found.ended == "stopped after 900 s, after trial 10"
    assert found.costs == {10: 2.5}


def test_a_job_is_done_by_a_process() -> None:
    found = do(Job(True, "memory", 20, (15,), 1), 300)
    assert found.ended == ""
    assert set(found.costs) == set(found.cpu) == {10, 15, 20}
    assert 0 < found.start_mb <= found.end_mb
    assert found.state_mb > 0


def test_the_targets() -> None:
    results = Results(
        ours={
            "sqlite": outcome("sqlite", {500: 4.0, 1_000: 5.0, 10_000: 8.0}, end_mb=300.0),
            "memory": outcome("memory", {1_000: 3.0, 10_000: 4.5}, state_mb=1.25, end_mb=401.0),
            "pickleddb": outcome("pickleddb", {500: 50.0}),
        },
        own={"pickleddb": outcome("pickleddb", {100: 500.0, 500: 2400.0}, ours=False)},
        generations=[Outcome(Job(True, "memory", None, (), 100), {2020: 2.0}, 9.0)],
        processes=16,
        together=171.3,
    )
    own = "times less than Oríon's own on PickledDB"
    assert list(compare(results)) == [
        Line("SQLite file: ms a trial at 1,000", "≤ 6", "5.0", True),
        Line("SQLite file: ms at 10,000, times that at 1,000", "≤ 1.5", "1.6", False),
        Line("in memory: ms a trial at 10,000", "≤ 4", "4.5", False),
        Line("in memory: ms at 10,000, times that at 1,000", "≤ 1.5", "1.5", True),
        Line(f"SQLite file: ms at 500, {own}", "≥ 50", "600", True),
        Line(f"PickledDB: ms at 500, {own}", "≥ 50", "48", False),
        Line("20 members × 100 generations", "finishes", "finishes", True),
        Line("16 processes on a SQLite file: trials a second", "≥ 150", "171", True),
        Line("state at 10,000: MB", "≤ 4", "1.2", True),
        Line("peak memory at 10,000: MB", "≤ 400", "401.0", False),
    ]


def test_no_target_of_what_was_not_measured() -> None:
    quick = Results(
        ours={"memory": outcome("memory", {25: 3.0})},
        own={"pickleddb": outcome("pickleddb", {25: 150.0}, ours=False)},
        generations=[Outcome(Job(True, "memory", None, (), 1), {40: 2.0}, 9.0)],
        processes=2,
        together=80.0,
    )
    assert list(compare(quick)) == []
    assert list(report.targets([])) == []


def test_orions_own_that_was_stopped_before_is_compared_by_its_last_trial() -> None:
    results = Results(
        ours={"pickleddb": outcome("pickleddb", {500: 20.0})},
        own={"pickleddb": outcome("pickleddb", {100: 500.0, 380: 1900.0}, ours=False)},
    )
    (line,) = compare(results)
    assert line.found == "95"


def test_a_row_says_what_was_not_asked_for_and_what_was_not_reached() -> None:
    job = Job(False, "pickleddb", 500, (100, 500), 26)
    stopped = Outcome(job, {100: 512.34, 380: 1900.0}, 900.0, "stopped after 900 s")
    assert report.row(stopped, (100, 500, 1_000)).split() == [
        *("Oríon's", "own", "PBT", "pickleddb", "512.3", "-", ".", "-"),
        *("stopped", "after", "900", "s", "(1900", "ms)"),
    ]


def test_a_row_of_a_busy_machine_says_what_was_computing() -> None:
    quiet = outcome("memory", {100: 3.0}, cpu={100: 2.5})
    assert len(report.row(quiet, (100,)).splitlines()) == 1
    busy = outcome("memory", {100: 9.0}, cpu={100: 2.5})
    assert report.row(busy, (100,)).splitlines()[1].split()[-1] == "2.5"
