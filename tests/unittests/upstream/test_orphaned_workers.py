"""A pool's processes, and the scripts that they run, end with the process that has them work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
    import sys, time
    from orion.core.worker.consumer import Consumer
    from orion.executor.base import executor_factory
    import orion_pbt.algorithms
    from orion_pbt import upstream

    upstream.install()
    CODE = "import time; print('working', flush=True); time.sleep(600)"

    def function():
        exec(CODE)

    def script():
        Consumer.__new__(Consumer).execute_process([sys.executable, "-c", CODE], {})

    if __name__ == "__main__":
        with executor_factory.create(sys.argv[1], n_workers=2) as executor:
            executor.submit({"function": function, "script": script}[sys.argv[2]]).get()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="scripts end with their workers on Linux")
@pytest.mark.parametrize(
    ("executor", "work"),
    [("poolexecutor", "function"), ("poolexecutor", "script"), ("singleexecutor", "script")],
)
def test_nothing_trains_on_when_the_first_process_is_killed(executor: str, work: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(PROGRAM), executor, work],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGKILL)
    # All that it started share the pipe, which has its end when they have.
    assert process.communicate()[0] == ""
