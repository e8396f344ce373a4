"""Whether the script that is to be trained can be started, reports, and keeps its weights."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from orion_pbt.cli.checks.base import Check, ok, problem, warning

REPORTS = re.compile(r"report_(objective|results|bad_trial)|ORION_RESULTS_PATH")
"""What a script says that reports."""
DIRECTORY = re.compile(
    r"checkpoint_dir|saved_checkpoint|saving_checkpoint|ORION_WORKING_DIR|ORION_PBT_(LOAD|SAVE)_DIR"
)
"""What a script says that finds its directory without being told on the command line."""
INTERPRETERS = re.compile(r"(python|pypy)[\d.]*|bash|sh|zsh|Rscript|julia|perl|ruby|node")
LARGEST = 2**20
"""Bytes of a script that are read."""


def check_script(words: Sequence[str]) -> Iterator[Check]:
    """Check the command line of a script, as `orion hunt` is given it.

    Parameters
    ----------
    words:
        The command and its arguments, with the priors.
    """
    program = shutil.which(words[0])
    if program is None and os.path.isfile(words[0]):
        yield problem(
            "script",
            f"{words[0]} cannot be executed",
            f"chmod +x {words[0]}, or name an interpreter.",
        )
        return
    if program is None:
        yield problem(
            "script", f"there is no {words[0]}", "Write its path, or an interpreter before it."
        )
        return
    yield ok("script is started by", program)
    yield from _check_arguments(words)
    script = _find_script(words)
    if script is None:
        yield ok("script", "it cannot be told which file is the script; it is not looked into")
        return
    if not script.is_file():
        yield problem("script", f"there is no {script}", "Write its path from here.")
        return
    text = _read(script)
    if text is None:
        yield ok("script", f"{script} is no text; it is not looked into")
        return
    yield ok("script", str(script))
    yield from _check_text(words, text)


def _find_script(words: Sequence[str]) -> Path | None:
    """Return the file that is run: the first word, or the first argument of an interpreter."""
    if not INTERPRETERS.fullmatch(os.path.basename(words[0])):
        return Path(shutil.which(words[0]) or words[0])
    for word in words[1:]:
        if word in ("-m", "-c"):
            return None
        if not word.startswith("-"):
            return Path(word)
    return None


def _check_arguments(words: Sequence[str]) -> Iterator[Check]:
    line = " ".join(words)
    if "~" not in line:
        yield warning(
            "priors",
            "none on the command line",
            "Write them as --lr~'loguniform(1e-5, 1)', or into a file of the script that is "
            "named on its command line.",
        )
    elif not re.search(r"~\+?fidelity\(", line):
        yield warning(
            "fidelity",
            "none on the command line",
            "Add e.g. --epochs~'fidelity(1, 100)', unless a file of the script has it: it says "
            "how long each generation trains.",
        )
    else:
        yield ok("fidelity", "there is one")


def _check_text(words: Sequence[str], text: str) -> Iterator[Check]:
    if REPORTS.search(text):
        yield ok("script reports", "it does")
    else:
        yield warning(
            "script reports",
            "nothing of that in its file; a trial without a result breaks",
            "Call orion_pbt.report_objective(value) at its end, unless another file of it does.",
        )
    if "{trial.working_dir}" in " ".join(words) or DIRECTORY.search(text):
        yield ok("script keeps weights", "it is told its directory, or asks for it")
    else:
        yield warning(
            "script keeps weights",
            "nothing tells it the trial's directory; without, each generation starts anew",
            "Use orion_pbt.saved_checkpoint and saving_checkpoint, or pass {trial.working_dir}.",
        )


def _read(path: Path) -> str | None:
    with path.open("rb") as file:
        content = file.read(LARGEST)
    return None if b"\0" in content else content.decode("utf8", errors="replace")
