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


SCRIPT = """
    import os, subprocess, sys, threading
    from orion_pbt._orphans import ending_with

    WORK = "import sys, time; print('working', flush=True); time.sleep(int(sys.argv[1])); print(0)"

    def run(parent):
        ending = ending_with(parent)
        subprocess.run([sys.executable, "-c", WORK, sys.argv[2]], preexec_fn=ending)
        print("worked", flush=True)

    if sys.argv[1] == "other":
        print("working", flush=True)
        run(os.getpid() + 1)
    thread = threading.Thread(target=run, args=(os.getpid(),))
    thread.start()
    thread.join()
"""


def start(*args, program=PROGRAM):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *args], stdout=subprocess.PIPE, text=True
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
    assert process.communicate()[0] == rest


def test_a_worker_that_is_waited_for():
    assert start("this", "0").communicate()[0] == "worked\n0\n"


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel has no such signal")


@on_linux
def test_a_script_whose_worker_is_killed():
    process = start("this", "600", program=SCRIPT)
    process.send_signal(signal.SIGKILL)
    assert process.communicate()[0] == ""


@on_linux
def test_a_script_whose_worker_was_killed_before_it_began():
    process = start("other", "0", program=SCRIPT)
    assert process.communicate()[0].splitlines()[:2] == ["worked", "working"]


def test_a_script_that_is_waited_for():
    assert start("this", "0", program=SCRIPT).communicate()[0] == "0\nworked\n"
