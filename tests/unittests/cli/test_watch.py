"""orion-pbt watch."""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment

from orion_pbt.cli import watch
from orion_pbt.cli.experiment import Population, open_population
from orion_pbt.cli.looking import Lookout
from orion_pbt.cli.main import main
from orion_pbt.console.overview import Level
from orion_pbt.errors import StorageError

Run = Callable[..., str]

SPACE = {"lr": "loguniform(1e-3, 1)", "epochs": "fidelity(1, 3, base=1)"}
ALGORITHM = {"pbt": {"seed": 1, "population_size": 3, "generations": 2}}


class Running:
    """An experiment that goes on, and how the commands are told of it."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.storage = f"sqlite:///{folder / 'pbt.db'}"
        config: dict[str, Any] = {"type": "sql", "url": self.storage}
        if kind == "pickleddb":
            self.storage = str(folder / "db.pkl")
            database = {"type": "pickleddb", "host": self.storage}
            config = {"type": "legacy", "database": database}
        self.client = build_experiment(
            "exp",
            space=SPACE,
            algorithm=ALGORITHM,
            storage=config,
            working_dir=str(folder),
            max_broken=99,
        )
        self.trials: list[Any] = []

    def begin(self, count: int) -> None:
        self.trials += [self.client.suggest() for _ in range(count)]

    def complete(self, count: int, score: float = 1.0) -> None:
        for _ in range(count):
            self.client.observe(self.trials.pop(0), score)

    def break_(self) -> None:
        self.client.release(self.trials.pop(0), status="broken")

    def population(self) -> Population:
        where = {"name": "exp", "storage": self.storage, "config": None}
        return open_population(argparse.Namespace(**where, user=None, version=None))

    def close(self) -> None:
        for trial in self.trials:
            self.client.release(trial)
        self.client.close()


@pytest.fixture(params=["sql", "pickleddb"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, request.param)
    yield running
    running.close()


@pytest.fixture
def on_sql(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, "sql")
    yield running
    running.close()


class TestLook:
    def test_before_anything_happened(self, running: Running) -> None:
        overview = Lookout(running.population()).look()
        assert [level.completed for level in overview.levels] == [0, 0, 0]
        assert (overview.workers, overview.broken, overview.best) == ((), 0, None)
        assert (overview.rate, overview.seconds_left, overview.is_done) == (None, None, False)

    def test_what_happened_since_the_last_look_is_seen(self, running: Running) -> None:
        population = running.population()
        lookout = Lookout(population)
        lookout.look()
        running.begin(3)
        running.complete(1, 0.5)
        population.refresh()
        overview = lookout.look()
        assert overview.levels[0] == Level(0, 1, 1, 2, 0, 0.5)
        assert [worker.trial for worker in overview.workers] == [
            trial.id for trial in running.trials
        ]
        assert {worker.generation for worker in overview.workers} == {0}
        assert all(0 <= worker.silent < 60 and not worker.is_lost for worker in overview.workers)
        assert overview.best is not None
        assert overview.best.score == 0.5

    def test_the_pace_and_the_time_left(self, running: Running) -> None:
        population = running.population()
        lookout = Lookout(population)
        lookout.look()
        running.begin(3)
        running.complete(3)
        population.refresh()
        overview = lookout.look()
        assert overview.rate > 0
        assert overview.seconds_left == pytest.approx(60 * 6 / overview.rate)

    def test_broken_ones_are_counted_and_a_copy_is_told(self, running: Running) -> None:
        running.begin(1)
        running.break_()
        running.begin(3)
        for score in (1.0, 2.0, 3.0):
            running.complete(1, score)
        running.begin(3)
        population = running.population()
        overview = Lookout(population).look()
        assert overview.broken == 1
        (fork,) = [member for member in population.engine.lineages if member.base]
        (told,) = overview.exploits
        assert told.startswith(f"generation 0: {fork.base[:7]} (3) gave up for {fork.parent[:7]} (")
        assert ": lr " in told

    def test_at_the_end(self, running: Running) -> None:
        for _ in range(3):
            running.begin(3)
            running.complete(3)
        overview = Lookout(running.population()).look()
        assert overview.is_done
        assert overview.seconds_left is None
        assert overview.completed == overview.total == 9


class TestOnOurStorage:
    def test_who_runs_a_trial_is_named(self, on_sql: Running) -> None:
        on_sql.begin(1)
        (worker,) = Lookout(on_sql.population()).look().workers
        assert worker.owner == f"{socket.gethostname()}:{os.getpid()}"

    def test_one_look_tells_the_pace(self, on_sql: Running) -> None:
        on_sql.begin(2)
        on_sql.complete(2)
        assert Lookout(on_sql.population()).look().rate > 0

    def test_a_worker_that_is_gone_is_told(
        self, on_sql: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        on_sql.begin(1)
        population = on_sql.population()
        clock = population.client.storage._database._clock
        monkeypatch.setattr(
            population.client.storage._database,
            "_clock",
            lambda connection: clock(connection) + 3600,
        )
        (worker,) = Lookout(population).look().workers
        assert worker.is_lost
        assert 3500 < worker.silent < 3700

    def test_a_look_asks_the_same_of_the_database_however_many_trials_there_are(
        self, on_sql: Running
    ) -> None:
        from sqlalchemy import event

        population = on_sql.population()
        statements: list[str] = []
        engine = population.client.storage._database.engine
        event.listen(
            engine, "before_cursor_execute", lambda c, cursor, text, *rest: statements.append(text)
        )
        lookout = Lookout(population)
        asked = []
        for begun in (3, 0, 0, 3, 0):
            on_sql.begin(begun)
            on_sql.complete(1)
            statements.clear()
            population.refresh()
            lookout.look()
            asked.append(list(statements))
        assert asked[-1] == asked[1]  # the first one connects
        assert not any("document" in text for text in statements if "FROM trials" in text)


class TestCommand:
    def test_it_ends_when_the_experiment_is_done(self, run: Run) -> None:
        (line,) = run("watch").splitlines()
        assert line.startswith("exp-v1 12/12 · 0 running · 0 broken · best ")
        assert line.endswith(" · done")

    def test_one_look_shows_all(self, run: Run) -> None:
        lines = run("watch", "--once").splitlines()
        assert lines[0] == "exp-v1 · 12 of 12 completed · 0 running · 0 broken · done"
        assert [line.split()[:4] for line in lines if "████" in line] == [
            ["0", "1", "████", "4"],
            ["1", "2", "████", "4"],
            ["2", "3", "████", "4"],
        ]

    def test_json(self, run: Run) -> None:
        record = json.loads(run("watch", "--once", "--format", "json"))
        (best,) = json.loads(run("best", "--format", "json"))
        assert (record["completed"], record["total"], record["is_done"]) == (12, 12, True)
        assert (record["best"]["id"], record["best"]["score"]) == (best["id"], best["score"])

    @pytest.mark.parametrize("interval", ["0", "-1", "inf", "nan"])
    def test_an_interval_is_above_0(
        self, trained: Path, interval: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        where = ["--name", "exp", "--storage", str(trained / "pbt.db")]
        assert main(["watch", "--interval", interval, *where]) == 1
        assert "--interval is" in capsys.readouterr().err

    def test_a_line_is_printed_when_something_changed(
        self, on_sql: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        steps: list[Callable[[], None]] = [
            lambda: None,
            lambda: on_sql.begin(3),
            lambda: None,
            lambda: on_sql.complete(3),
            *(
                step
                for _ in range(2)
                for step in (lambda: on_sql.begin(3), lambda: on_sql.complete(3))
            ),
        ]
        self.watch(on_sql, steps, monkeypatch)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(" · best")[0] for line in lines] == [
            "exp-v1 0/9 · 0 running · 0 broken",
            "exp-v1 0/9 · 3 running · 0 broken",
            "exp-v1 3/9 · 0 running · 0 broken",
            "exp-v1 3/9 · 3 running · 0 broken",
            "exp-v1 6/9 · 0 running · 0 broken",
            "exp-v1 6/9 · 3 running · 0 broken",
            "exp-v1 9/9 · 0 running · 0 broken",
        ]
        assert steps == []

    def test_a_storage_that_cannot_be_read_for_a_while_is_tried_again(
        self, on_sql: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        refresh = Population.refresh
        troubles = iter([StorageError("down"), StorageError("down"), None, None])

        def sometimes(population: Population) -> None:
            trouble = next(troubles, None)
            if trouble is not None:
                raise trouble
            refresh(population)

        def train() -> None:
            for _ in range(3):
                on_sql.begin(3)
                on_sql.complete(3)

        # The first look is not to fail; those after it may.
        steps = [
            lambda: monkeypatch.setattr(Population, "refresh", sometimes),
            lambda: None,
            train,
        ]
        self.watch(on_sql, steps, monkeypatch)
        told = capsys.readouterr()
        assert told.out.splitlines()[-1].endswith("done")
        assert told.err == "The storage cannot be read; it is tried again. down\n"

    def test_leaving_it_is_quiet(
        self, on_sql: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def press() -> None:
            raise KeyboardInterrupt

        assert self.watch(on_sql, [press], monkeypatch) == 130
        assert capsys.readouterr().err == ""

    @staticmethod
    def watch(
        running: Running, steps: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
    ) -> int:
        """Watch, with one of the steps in place of each pause."""
        monkeypatch.setattr(watch, "sleep", lambda seconds: steps.pop(0)())
        return main(["watch", "--name", "exp", "--storage", running.storage])


class TestViews:
    def test_a_terminal_is_drawn_on(self, on_sql: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        terminal = Terminal()
        monkeypatch.setenv("COLUMNS", "60")
        monkeypatch.setenv("LINES", "20")
        view = watch.choose_view("table", once=False, stream=terminal)
        view.show(Lookout(on_sql.population()).look())
        assert "exp-v1 · 0 of 9 completed" in terminal.getvalue()
        view.tell("No connection.\nMore of it.")
        assert "\x1b[2KNo connection.\n\x1b[2Kexp-v1" in terminal.getvalue()


def test_csv_has_a_header_and_a_row(run: Callable[..., str]) -> None:
    header, row = run("watch", "--once", "--format", "csv").splitlines()
    found = dict(zip(header.split(","), row.split(",")))
    best = json.loads(run("best", "--format", "json"))[0]
    assert (found["completed"], found["total"]) == ("12", "12")
    assert (found["best_id"], float(found["best_score"])) == (best["id"], best["score"])
