"""A script that fails shows its own error, and where it ran.

Oríon prints the traceback of its own worker instead, and ends with "No trials executed".
"""

from __future__ import annotations

import collections
import os
import shlex
import subprocess
import sys
import threading
from typing import IO, Any, Callable

import orion.core.cli.hunt
from orion.core.utils.exceptions import InexecutableUserScript
from orion.core.worker.consumer import Consumer, ExecutionError

from orion_pbt._orphans import ending_with

KEPT_LINES = 20
"""Lines of the script's last words that the message repeats."""


class ScriptError(ExecutionError):
    """The user's script ended with an exit code other than 0."""

    def __init__(self, return_code: int, trial_id: str, command: str, last_words: str) -> None:
        super().__init__(return_code)
        self.trial_id = trial_id
        self.command = command
        self.last_words = last_words

    def __reduce__(self) -> tuple[Any, ...]:
        # It crosses from the process of the trial to that of the worker.
        return type(self), (self.return_code, self.trial_id, self.command, self.last_words)

    def __str__(self) -> str:
        said = self.last_words.rstrip() or "(it printed nothing to its standard error)"
        return (
            f"Trial {self.trial_id} broke: the script ended with exit code {self.return_code}.\n"
            f"    {self.command}\n" + "\n".join(f"    | {line}" for line in said.splitlines())
        )


_last_failure: ScriptError | None = None


def install() -> None:
    """Let the consumer keep the script's last words, and `orion hunt` show them."""
    Consumer.execute_process = _execute_process
    orion.core.cli.hunt.on_error = _on_error(orion.core.cli.hunt.on_error)
    orion.core.cli.hunt.format_stats = _format_stats(orion.core.cli.hunt.format_stats)


def _execute_process(self: Any, cmd_args: list[str], environ: dict[str, str]) -> None:
    try:
        process = subprocess.Popen(
            cmd_args, env=environ, stderr=subprocess.PIPE, preexec_fn=ending_with(os.getpid())
        )
    except PermissionError as error:
        raise InexecutableUserScript(" ".join(cmd_args)) from error
    assert process.stderr is not None
    last_words: collections.deque[bytes] = collections.deque(maxlen=KEPT_LINES)
    reader = threading.Thread(
        target=_pass_on, args=(process.stderr, last_words), name="script-stderr", daemon=True
    )
    reader.start()
    return_code = process.wait()
    # A process that the script left behind may keep the pipe open: do not wait for that one.
    reader.join(timeout=1)
    if return_code != 0:
        said = b"".join(list(last_words)).decode(errors="replace")
        raise ScriptError(
            return_code, environ.get("ORION_TRIAL_ID", "?"), shlex.join(cmd_args), said
        )


def _pass_on(stream: IO[bytes], last_words: collections.deque[bytes]) -> None:
    with stream:
        for line in stream:
            last_words.append(line)
            sys.stderr.write(line.decode(errors="replace"))
            sys.stderr.flush()


def _on_error(own: Callable[..., bool]) -> Callable[..., bool]:
    def on_error(client: Any, trial: Any, error: Exception, worker_broken_trials: int) -> bool:
        global _last_failure
        if isinstance(error, ScriptError):
            _last_failure = error
            return False  # the runner logs the message alone, without a traceback
        return bool(own(client, trial, error, worker_broken_trials))

    return on_error


def _format_stats(own: Callable[..., str]) -> Callable[..., str]:
    def format_stats(experiment: Any) -> str:
        stats = own(experiment)
        if _last_failure is not None and "No trials executed" in stats:
            return f"No trial was completed. The last one that broke:\n\n{_last_failure}\n"
        return stats

    return format_stats
