"""A worker ends with the process that has the work done."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
    import multiprocessing, os, sys, time
    from orion_pbt._orphans import end_with

    def work(caller):
        end_with(caller)
        end_with(caller)
        print("working", flush=True)
        time.sleep(float(sys.argv[2]))
        print("worked", flush=True)

    if __name__ == "__main__":
        caller = os.getpid() if sys.argv[1] == "this" else 1
        worker = multiprocessing.get_context("fork").Process(target=work, args=(caller,))
        worker.start()
        worker.join()
        print(worker.exitcode, flush=True)
"""


def start(*args):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), *args], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "working\n"
    return process


@pytest.mark.parametrize(
    ("caller", "seconds", "rest"), [("this", "600", ""), ("other", "1", "worked\n")]
)
def test_a_worker_whose_parent_is_killed(caller, seconds, rest):
    process = start(caller, seconds)
    process.send_signal(signal.SIGKILL)
    # The worker shares the pipe, which has its end when the worker has.
    assert process.communicate(timeout=60)[0] == rest


def test_a_worker_that_is_waited_for():
    assert start("this", "0").communicate(timeout=60)[0] == "worked\n0\n"
