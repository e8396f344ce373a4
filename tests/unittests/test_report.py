"""Tests of what a training script imports."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import math
import os
import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy
import pytest
from orion.core.io.convert import JSONConverter

from orion_pbt import _atomic, report
from orion_pbt.errors import ReportError


@pytest.fixture(autouse=True)
def by_hand(monkeypatch, tmp_path):
    """Run each test in an empty directory, and without a worker unless it asks for one."""
    for name in list(os.environ):
        if name.startswith("ORION_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def results(monkeypatch, tmp_path):
    """Return a function that reads what was reported to the worker, as the worker does."""
    path = tmp_path / "results.log"
    path.touch()
    monkeypatch.setenv("ORION_RESULTS_PATH", str(path))
    return lambda: JSONConverter().parse(str(path))


def objective(value, name="objective"):
    return {"name": name, "type": "objective", "value": value}


class TestObjective:
    def test_is_written_for_the_worker(self, results):
        report.report_objective(0.25)
        assert results() == [objective(0.25)]

    def test_is_printed_without_a_worker(self, capsys):
        report.report_objective(0.25, name="loss")
        report.report_objective(0.5)
        assert capsys.readouterr().out == f"{[objective(0.25, 'loss')]}\n{[objective(0.5)]}\n"

    def test_max_is_stored_negated_with_the_users_own_value_beside_it(self, results):
        report.report_objective(0.9, name="accuracy", mode="max")
        assert results() == [
            objective(-0.9, "accuracy"),
            {"name": "reported_accuracy", "type": "statistic", "value": 0.9},
        ]

    @pytest.mark.parametrize(
        ("value", "stored"),
        [
            (3, 3),
            (numpy.float32(0.5), 0.5),
            (numpy.int64(3), 3),
            (numpy.array(0.5), 0.5),
            (numpy.array([0.5]), 0.5),
            (numpy.longdouble(0.5), 0.5),
            (Decimal("0.5"), 0.5),
        ],
    )
    def test_one_number_of_any_kind(self, results, value, stored):
        report.report_objective(value)
        (result,) = results()
        assert result["value"] == stored
        assert type(result["value"]) is type(stored)

    @pytest.mark.parametrize("value", [math.inf, -math.inf, numpy.float32("inf")])
    def test_infinity_travels(self, results, value):
        report.report_objective(value, mode="max")
        assert [result["value"] for result in results()] == [-value, value]

    def test_nan_travels(self, results):
        report.report_objective(math.nan, mode="max")
        assert all(math.isnan(result["value"]) for result in results())

    @pytest.mark.parametrize(
        "value",
        ["0.5", None, True, numpy.bool_(True), 1j, [0.5], numpy.array([1.0, 2.0]), {}, "nan"],
    )
    @pytest.mark.parametrize("mode", ["min", "max"])
    def test_anything_else_is_refused_and_named(self, results, value, mode):
        with pytest.raises(ReportError, match="must be one number") as error:
            report.report_objective(value, name="loss", mode=mode)
        assert repr(value) in str(error.value)
        assert "'loss'" in str(error.value)
        report.report_objective(1.0)
        assert results() == [objective(1.0)], "a refused report must not count as one"

    def test_unknown_mode(self):
        with pytest.raises(ReportError, match=r"'maximize'.*'min'.*'max'"):
            report.report_objective(1.0, mode="maximize")


class TestResults:
    def test_all_types_and_arrays(self, results):
        data = [
            objective(1.5, "loss"),
            {"name": "memory", "type": "constraint", "value": 2},
            {"name": "slope", "type": "gradient", "value": numpy.array([1.0, 2.0])},
            {"name": "notes", "type": "statistic", "value": {"device": "cpu", "ok": True}},
        ]
        report.report_results(data)
        assert results() == [*data[:2], {**data[2], "value": [1.0, 2.0]}, data[3]]
        assert isinstance(data[2]["value"], numpy.ndarray), "the caller's list is not changed"

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ([], "Got 0 results of type 'objective'"),
            ([objective(1), objective(2, "b")], r"Got 2 .*\['objective', 'b'\]"),
            ([objective("1")], "must be one number"),
            (objective(1), "Not a result: 'name'"),
            ([{"name": "a", "value": 1}], "Not a result"),
            ([{**objective(1), "extra": 1}], "Not a result"),
            ([{**objective(1), "name": None}], "The name is a string"),
            ([{**objective(1), "type": "objectif"}], "'objective', 'constraint'"),
            ([objective(1), {"name": "a", "type": "lie", "value": 1}], "'statistic'"),
            ([objective(1), {"name": "a", "type": "statistic", "value": {1, 2}}], "JSON"),
        ],
    )
    def test_what_is_not_a_result_is_refused(self, results, data, message):
        with pytest.raises(ReportError, match=message):
            report.report_results(data)
        with pytest.raises(json.JSONDecodeError):
            results()

    def test_second_report_is_refused(self, results):
        report.report_objective(1.0)
        with pytest.raises(ReportError, match="already reported"):
            report.report_objective(2.0)
        assert results() == [objective(1.0)]

    def test_results_file_is_gone(self, monkeypatch):
        monkeypatch.setenv("ORION_RESULTS_PATH", "gone.log")
        with pytest.raises(ReportError, match=r"'gone\.log'"):
            report.report_objective(1.0)
        assert not os.path.exists("gone.log")

    def test_full_disk_leaves_nothing_that_reads_as_a_result(self, results, monkeypatch, tmp_path):
        def full(source, target):
            raise OSError("no space left")

        monkeypatch.setattr(os, "replace", full)
        with pytest.raises(OSError, match="no space left"):
            report.report_objective(1.0)
        with pytest.raises(json.JSONDecodeError):
            results()
        assert os.listdir(tmp_path) == ["results.log"]

    def test_bad_trial(self, results):
        statistic = {"name": "a", "type": "statistic", "value": 1}
        report.report_bad_trial(objective=1.0, name="error", data=[statistic])
        assert results() == [objective(1.0, "error"), statistic]

    def test_bad_trial_takes_no_second_objective(self):
        with pytest.raises(ReportError, match="Got 2 results"):
            report.report_bad_trial(data=[objective(1)])


def test_interrupt_exits_with_the_workers_code(monkeypatch):
    with pytest.raises(SystemExit) as exit_:
        report.interrupt_trial()
    assert exit_.value.code == 130
    monkeypatch.setenv("ORION_INTERRUPT_CODE", "77")
    with pytest.raises(SystemExit) as exit_:
        report.interrupt_trial()
    assert exit_.value.code == 77


CALLS = [
    "report_objective(0.1)",
    "report_objective(float('nan'), name='loss')",
    "report_bad_trial()",
    "report_bad_trial(1.0, 'loss', [{'name': 'a', 'type': 'statistic', 'value': [1, 2.5]}])",
    "report_results([dict(type='objective', value=float('inf'), name='é')])",
    "interrupt_trial()",
]

CALLER = """
import contextlib, importlib, io, os, sys
client = importlib.import_module(sys.argv[1])
for call in sys.argv[3:]:
    for path in sys.argv[2], "":
        open(sys.argv[2], "w").close()
        os.environ["ORION_RESULTS_PATH"] = path
        importlib.reload(client)  # Orion's reads the environment and forgets reports when imported
        code, printed = None, io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                eval("client." + call)
            except SystemExit as exit_:
                code = exit_.code
        with open(sys.argv[2]) as file:
            print(call, repr(path), ascii(file.read()), ascii(printed.getvalue()), code)
"""


def test_same_as_orions_own_client(tmp_path):
    def outcomes(module):
        done = subprocess.run(
            [sys.executable, "-c", CALLER, module, str(tmp_path / "results.log"), *CALLS],
            env={**os.environ, "ORION_INTERRUPT_CODE": "77"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    ours = outcomes("orion_pbt.report")
    assert len(ours) == 2 * len(CALLS)
    assert ours == outcomes("orion.client.cli")


class TestCheckpointDirectory:
    def test_is_the_trials(self, monkeypatch, tmp_path):
        monkeypatch.setenv("ORION_PBT_CHECKPOINT_DIR", "ignored")
        monkeypatch.setenv("ORION_WORKING_DIR", str(tmp_path / "trial"))
        assert report.checkpoint_dir() == tmp_path / "trial"

    def test_by_hand(self, monkeypatch):
        assert report.checkpoint_dir() == Path("checkpoints")
        assert os.path.isdir("checkpoints")
        monkeypatch.setenv("ORION_PBT_CHECKPOINT_DIR", "a/b")
        assert report.checkpoint_dir() == Path("a/b")
        assert os.path.isdir("a/b")

    def test_is_the_functions_own_while_workon_calls_it(self, monkeypatch, tmp_path):
        monkeypatch.setenv("ORION_WORKING_DIR", "outer")
        with report.function_directory(tmp_path / "inner"):
            assert report.checkpoint_dir() == tmp_path / "inner"
        assert report.checkpoint_dir() == Path("outer")


def save(text, name="checkpoint", directory="."):
    save_by(lambda path: path.write_text(text), name, directory)


def save_by(write, name="checkpoint", directory="."):
    with report.saving_checkpoint(name, directory) as path:
        write(path)


def saved(name="checkpoint", directory="."):
    path = report.saved_checkpoint(name, directory)
    return None if path is None else path.read_text()


class TestCheckpoint:
    def test_round_trip_in_the_default_place(self):
        assert report.saved_checkpoint() is None
        with report.saving_checkpoint() as path:
            path.write_text("one")
        assert report.saved_checkpoint() == Path("checkpoints/checkpoint")
        assert Path("checkpoints/checkpoint").read_text() == "one"

    def test_replaces_the_old_one_only_when_the_block_ends(self):
        save("one")
        with report.saving_checkpoint(directory=".") as path:
            path.write_text("two")
            assert saved() == "one"
        assert saved() == "two"
        assert os.listdir() == ["checkpoint"]

    def test_exception_leaves_the_old_one(self):
        def write(path):
            path.write_text("tw")
            raise KeyboardInterrupt

        save("one")
        with pytest.raises(KeyboardInterrupt):
            save_by(write)
        assert saved() == "one"
        assert os.listdir() == ["checkpoint"]

    def test_content_is_on_disk_before_the_rename(self, monkeypatch):
        calls = []
        fsync, replace = os.fsync, os.replace

        def recorded_fsync(descriptor):
            calls.append(("sync", os.fstat(descriptor).st_ino))
            fsync(descriptor)

        def recorded_replace(source, target):
            calls.append(("rename", os.stat(source).st_ino))
            replace(source, target)

        monkeypatch.setattr(os, "fsync", recorded_fsync)
        monkeypatch.setattr(os, "replace", recorded_replace)
        save("one")
        file, directory = os.stat("checkpoint").st_ino, os.stat(".").st_ino
        assert calls == [("sync", file), ("rename", file), ("sync", directory)]

    def test_names_with_a_folder_and_a_suffix(self):
        with report.saving_checkpoint("model/weights.npy", "new") as path:
            numpy.save(path, [1.0])
        assert report.saved_checkpoint("model/weights.npy", "new") == Path("new/model/weights.npy")
        assert os.listdir("new/model") == ["weights.npy"]

    @pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/../../b", "/a"])
    def test_names_that_leave_the_directory_are_refused(self, name):
        with pytest.raises(ReportError, match="inside the trial's directory"):
            report.saving_checkpoint(name)
        with pytest.raises(ReportError, match="inside the trial's directory"):
            report.saved_checkpoint(name)

    def test_writer_that_adds_a_suffix(self):
        with pytest.raises(ReportError, match=r"use name='checkpoint\.npy'"):
            save_by(lambda path: numpy.save(path, [1.0]))
        assert os.listdir() == []

    def test_nothing_written(self):
        save("one")
        with pytest.raises(ReportError, match=r"the block wrote \[\]"):
            save_by(lambda path: None)
        assert saved() == "one"

    def test_more_than_one_file(self):
        def write(path):
            path.write_text("index")
            path.with_suffix(".data").write_text("data")

        with pytest.raises(ReportError, match="nothing beside it"):
            save_by(write)
        assert saved() is None

    def test_directory_is_refused_with_the_remedy(self):
        with pytest.raises(ReportError, match="make_archive"):
            save_by(Path.mkdir)
        assert os.listdir() == []
        os.mkdir("checkpoint")
        with pytest.raises(ReportError, match="make_archive"):
            report.saved_checkpoint(directory=".")


PRELUDE = """
import os, signal, sys
from orion_pbt.report import saving_checkpoint
directory = sys.argv[1]
def kill(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@contextlib.contextmanager
def script(directory, code):
    """Start a script that saves into the directory, with a ``kill`` to die by."""
    with subprocess.Popen(
        [sys.executable, "-c", PRELUDE + code, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


SAVE = """
with saving_checkpoint(directory=directory) as path:
    with open(path, "w") as file:
        file.write("t"); file.flush()
        {half}
        file.write("wo")
    {written}
"""


@pytest.mark.parametrize(
    ("code", "found"),
    [
        pytest.param(f"os.urandom = kill\n{SAVE}", "one", id="before anything"),
        pytest.param(
            f"open_ = os.open\nos.open = lambda p, *a: kill() if 'lock' in str(p) else open_(p, *a)"
            f"\n{SAVE}",
            "one",
            id="before the lock",
        ),
        pytest.param(SAVE.replace("{half}", "kill()"), "one", id="half written"),
        pytest.param(SAVE.replace("{written}", "kill()"), "one", id="written, not closed"),
        pytest.param(f"os.fsync = kill\n{SAVE}", "one", id="before the sync"),
        pytest.param(f"os.replace = kill\n{SAVE}", "one", id="before the rename"),
        pytest.param(
            f"rename = os.replace\nos.replace = lambda *a: (rename(*a), kill())\n{SAVE}",
            "two",
            id="after the rename",
        ),
        pytest.param(f"import shutil\nshutil.rmtree = kill\n{SAVE}", "two", id="before tidying"),
    ],
)
def test_killed_while_saving(tmp_path, code, found):
    save("one", directory=tmp_path)
    code = code.replace("{half}", "pass").replace("{written}", "pass")
    with script(tmp_path, code) as saver:
        assert saver.wait() == -signal.SIGKILL

    assert saved(directory=tmp_path) == found
    # The next trial starts from a copy of this directory, or this one goes on.
    save("three", directory=tmp_path)
    assert saved(directory=tmp_path) == "three"
    assert os.listdir(tmp_path) == ["checkpoint"]


def test_killed_at_the_first_saving(tmp_path):
    with script(tmp_path, SAVE.replace("{half}", "kill()").replace("{written}", "")) as saver:
        assert saver.wait() == -signal.SIGKILL
    assert os.listdir(tmp_path), "the saver left nothing, so the test shows nothing"
    assert saved(directory=tmp_path) is None


def test_living_savers_are_left_alone(tmp_path):
    code = """
with saving_checkpoint(directory=directory) as path:
    path.write_text("theirs")
    print("writing", flush=True)
    sys.stdin.readline()
"""
    with script(tmp_path, code) as other:
        assert other.stdout.readline() == "writing\n"
        save("ours", directory=tmp_path)
        assert saved(directory=tmp_path) == "ours"
        other.communicate("go on\n")
        assert other.returncode == 0
    assert saved(directory=tmp_path) == "theirs"
    assert os.listdir(tmp_path) == ["checkpoint"]


def test_swept_by_another_saver_before_the_lock_was_taken(tmp_path, monkeypatch):
    lock = _atomic._try_lock
    swept = []

    def late_lock(descriptor):
        if not swept:
            swept.extend(tmp_path.iterdir())
            shutil.rmtree(swept[0])
        return lock(descriptor)

    monkeypatch.setattr(_atomic, "_try_lock", late_lock)
    save("one", directory=tmp_path)
    assert len(swept) == 1
    assert saved(directory=tmp_path) == "one"


def test_file_system_without_locks(tmp_path, monkeypatch):
    def no_locks(descriptor, operation):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with report.saving_checkpoint(directory=tmp_path) as path:
        path.write_text("theirs")
        save("ours", directory=tmp_path)
    assert saved(directory=tmp_path) == "theirs"
    assert os.listdir(tmp_path) == ["checkpoint"]


def test_many_savers_of_one_name(tmp_path):
    code = """
for _ in range(50):
    with saving_checkpoint(directory=directory) as path:
        path.write_text(str(os.getpid()) * 1000)
"""
    with contextlib.ExitStack() as stack:
        savers = [stack.enter_context(script(tmp_path, code)) for _ in range(4)]
        assert [saver.wait() for saver in savers] == [0] * 4
    assert saved(directory=tmp_path) in {str(saver.pid) * 1000 for saver in savers}
    assert os.listdir(tmp_path) == ["checkpoint"]
