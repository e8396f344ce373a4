"""What is said of a script that fails."""

from __future__ import annotations

import pickle
import sys
import time

import pytest
from orion.core.worker.consumer import Consumer

from orion_pbt.upstream import script_errors
from orion_pbt.upstream.script_errors import ScriptError


def run(code: str) -> None:
    consumer = Consumer.__new__(Consumer)
    consumer.execute_process([sys.executable, "-c", code], {"ORION_TRIAL_ID": "abc"})


def test_the_error_has_the_scripts_last_words(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ScriptError) as caught:
        run("import sys; print('one', file=sys.stderr); sys.exit('no GPU')")
    assert caught.value.return_code == 1
    assert str(caught.value).startswith("Trial abc broke: the script ended with exit code 1.\n")
    assert "    | one\n    | no GPU" in str(caught.value)
    assert capfd.readouterr().err == "one\nno GPU\n"  # it was let through, too


def test_only_the_last_lines_are_repeated() -> None:
    with pytest.raises(ScriptError) as caught:
        run("import sys; [print(i, file=sys.stderr) for i in range(1000)]; sys.exit(3)")
    assert caught.value.last_words.split() == [str(i) for i in range(980, 1000)]


def test_a_silent_script_is_said_to_be_silent() -> None:
    with pytest.raises(ScriptError, match="printed nothing"):
        run("raise SystemExit(2)")


def test_a_process_left_behind_does_not_hold_the_trial_up() -> None:
    start = time.monotonic()
    run("import subprocess; subprocess.Popen(['sleep', '4'])")
    assert time.monotonic() - start < 3


def test_the_error_crosses_processes() -> None:
    error = ScriptError(3, "abc", "python train.py", "no GPU")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(copy) == str(error)
    assert copy.return_code == 3


def test_hunt_ends_with_the_error_where_no_trial_was_completed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    format_stats = script_errors._format_stats(lambda experiment: "Stats\nNo trials executed...")
    monkeypatch.setattr(script_errors, "_last_failure", None)
    assert format_stats(None) == "Stats\nNo trials executed..."
    monkeypatch.setattr(script_errors, "_last_failure", ScriptError(3, "abc", "train", "no GPU"))
    assert "no GPU" in format_stats(None)
    assert "No trials executed" not in format_stats(None)
