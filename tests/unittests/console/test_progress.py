"""Tests of the progress line, with a clock turned by hand."""

from __future__ import annotations

import io

import pytest

from orion_pbt.console.progress import Progress, _bar, format_progress
from orion_pbt.engine import Engine
from orion_pbt.exploit import TruncateExploit
from orion_pbt.space import Real, Space

SPACE = Space([Real("/lr", low=1e-5, high=1, log=True)])


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def engine():
    """Return an engine of 3 members and 2 generations."""
    return Engine(SPACE, 3, 2, TruncateExploit(2, 1, 0.5), None)


def train(engine, count, objective=0.5, reported=None):
    for _ in range(count):
        (member,) = engine.ask(1)
        engine.tell(member.key, objective, reported)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class TestLine:
    def test_before_the_first_result(self, engine):
        assert format_progress(engine, None) == "pbt 0/9 · generations ░ ░ ░ · best –"

    def test_in_the_middle(self, engine):
        train(engine, 3)
        train(engine, 1, -0.123456, reported=0.123456)
        assert format_progress(engine, 90.2) == (
            "pbt 4/9 · generations █ 1 ░ · best 0.1235 · 1 min 30 s left"
        )

    def test_at_the_end(self, engine):
        train(engine, 9)
        assert format_progress(engine, None) == "pbt 9/9 · generations █ █ █ · best 0.5"

    def test_guests_do_not_overfill_a_generation(self, engine):
        engine.ask(3)
        engine.insert("guest", {"/lr": 0.1})
        for key in engine.pending:
            engine.tell(key, 0.5)
        assert "generations █ ░ ░" in format_progress(engine, None)


class TestTerminal:
    def test_the_line_is_rewritten_in_place(self, engine):
        screen, clock = Screen(), Clock()
        progress = Progress(engine, screen, clock)
        engine.ask(1)  # the run has begun
        progress.update()
        assert screen.getvalue() == "\r\x1b[2K" + format_progress(engine, None)
        train(engine, 1)
        clock.now += 1
        progress.update()
        assert screen.getvalue().endswith("\r\x1b[2K" + format_progress(engine, 8))
        assert "\n" not in screen.getvalue()

    def test_not_too_often(self, engine):
        screen, clock = Screen(), Clock()
        progress = Progress(engine, screen, clock)
        progress.update()
        train(engine, 1)
        clock.now += 0.19
        progress.update()
        assert screen.getvalue().count("\r") == 1
        clock.now += 0.02
        progress.update()
        assert screen.getvalue().count("\r") == 2

    def test_nothing_is_written_where_nothing_changed(self, engine):
        screen, clock = Screen(), Clock()
        progress = Progress(engine, screen, clock)
        for _ in range(5):
            clock.now += 60
            progress.update()
        assert screen.getvalue().count("\r") == 1

    def test_closing_writes_the_last_state_and_leaves_the_line(self, engine):
        screen = Screen()
        progress = Progress(engine, screen, Clock())
        progress.update()
        train(engine, 9)
        progress.close()
        assert screen.getvalue().endswith("\r\x1b[2K" + format_progress(engine, None) + "\n")


class TestPipe:
    def test_a_new_line_now_and_then(self, engine):
        pipe, clock = io.StringIO(), Clock()
        progress = Progress(engine, pipe, clock)
        for _ in range(4):
            progress.update()
            train(engine, 1)
            clock.now += 5
        assert [line.split(" · ")[0] for line in pipe.getvalue().splitlines()] == [
            *["pbt 0/9", "pbt 2/9"]
        ]

    def test_closing_writes_no_empty_line(self, engine):
        pipe = io.StringIO()
        progress = Progress(engine, pipe, Clock())
        progress.update()
        progress.close()
        assert pipe.getvalue() == "pbt 0/9 · generations ░ ░ ░ · best –\n"


class TestTimeLeft:
    def left(self, progress, pipe):
        progress.update(force=True)
        last = pipe.getvalue().splitlines()[-1]
        return last.split(" · ")[-1] if "left" in last else None

    def test_counts_what_this_worker_saw_only(self, engine):
        train(engine, 5)  # by others, long ago
        pipe, clock = io.StringIO(), Clock()
        progress = Progress(engine, pipe, clock)
        assert self.left(progress, pipe) is None
        train(engine, 1)
        clock.now += 10
        assert self.left(progress, pipe) == "30 s left"  # 10 s a trial, and three are left
        train(engine, 1)
        assert self.left(progress, pipe) == "10 s left"

    def test_is_not_told_at_the_end(self, engine):
        pipe, clock = io.StringIO(), Clock()
        progress = Progress(engine, pipe, clock)
        progress.update()
        train(engine, 9)
        clock.now += 10
        assert self.left(progress, pipe) is None


def test_many_generations_fit_on_one_line():
    assert _bar([3] * 40 + [2, 1] + [0] * 59, 3) == "40×█ 2 1 ░ ░ ░ ░ ░ ░ ░ ░ …"
    assert _bar([3] * 101, 3) == "101×█"


def test_the_time_left_is_of_this_run_not_of_one_that_it_resumes(engine):
    clock = Clock()
    progress = Progress(engine, Screen(), clock)
    assert progress._seconds_left(clock.now) is None  # the state is not loaded yet
    train(engine, 4)
    clock.now += 1
    assert progress._seconds_left(clock.now) is None
    train(engine, 1)
    clock.now += 10
    assert progress._seconds_left(clock.now) == 40  # 4 of 9 to go, 10 seconds each
