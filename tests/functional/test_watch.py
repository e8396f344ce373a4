"""`orion-pbt watch` on a terminal, beside the workers that train."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import textwrap
import time
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).parent / "orion-pbt")

TRAINING = """
    import time
    from orion_pbt import workon

    def train(lr, epochs):
        time.sleep(SECONDS)
        return (lr - 0.1) ** 2 / epochs

    if __name__ == "__main__":
        workon(
            train,
            {"lr": "loguniform(1e-3, 1)", "epochs": "fidelity(1, 4, base=1)"},
            "exp",
            {"pbt": {"seed": 1, "population_size": 4, "generations": 3}},
            working_dir="wd",
            n_workers=2,
            progress=False,
        )
"""


def listen_to_ctrl_c() -> None:
    """Undo what a shell does to what it runs in the background, maybe these tests."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class OnTerminal:
    """A program on a terminal of its own."""

    def __init__(self, *command: str, cwd: Path, lines: int, columns: int) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {
            name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")
        }
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=listen_to_ctrl_c,
        )
        os.close(slave)
        self.master = master
        self.written = ""

    def read(self, seconds: float, until: str = "\0") -> bool:
        """Read what is written, until the program ends or writes something."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and until not in self.written:
            ready, _, _ = select.select([self.master], [], [], 0.2)
            try:
                content = os.read(self.master, 65536) if ready else b"-"
            except OSError:  # nobody has the terminal any more
                content = b""
            if not content:
                break
            self.written += content.decode() if ready else ""
        return until in self.written

    def end(self, seconds: float) -> int:
        """Return the exit code; it has to end soon."""
        try:
            return self.process.wait(seconds)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self.master)
            assert self.process.stderr is not None
            self.process.stderr.close()


def watch(tmp_path: Path, *options: str) -> OnTerminal:
    where = ["--name", "exp", "--storage", "wd/pbt.db"]
    return OnTerminal(COMMAND, "watch", *where, *options, cwd=tmp_path, lines=16, columns=60)


def start(tmp_path: Path, seconds: float) -> subprocess.Popen[bytes]:
    text = textwrap.dedent(TRAINING).replace("SECONDS", str(seconds))
    (tmp_path / "train.py").write_text(text)
    command = [sys.executable, "train.py"]
    workers = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "wd" / "pbt.db").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return workers


@pytest.mark.slow
def test_it_is_drawn_while_the_run_goes_on_and_ends_with_it(tmp_path: Path) -> None:
    workers = start(tmp_path, 2)
    try:
        terminal = watch(tmp_path, "--interval", "0.2")
        terminal.read(60)
        assert terminal.end(20) == 0
    finally:
        assert workers.wait(60) == 0
    frames = terminal.written.split("\x1b[J")
    shown = [
        [line.partition("\x1b[2K")[2].rstrip("\r") for line in frame.split("\n")[:-1]]
        for frame in frames[:-1]
    ]
    assert len(shown) > 3
    assert all(len(frame) <= 15 and max(map(len, frame)) <= 60 for frame in shown)
    assert shown[-1][0] == "exp-v1 · 16 of 16 completed · 0 running · 0 broken · done"
    counts = [int(frame[0].split()[2]) for frame in shown]
    assert counts == sorted(counts)
    assert any("2 running" in frame[0] for frame in shown)
    assert any("last sign of life" in line or "…" in line for frame in shown for line in frame)


@pytest.mark.slow
def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    workers = start(tmp_path, 30)  # so that it is not over when a slow machine comes to look
    try:
        terminal = watch(tmp_path, "--interval", "60")
        assert terminal.read(60, until="generation")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.stderr is not None
        told = terminal.process.stderr.read()
        assert (terminal.end(20), told) == (130, b"")
    finally:
        os.killpg(workers.pid, signal.SIGKILL)
        workers.wait()
