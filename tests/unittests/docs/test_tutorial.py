"""What the tutorial and the guides tell the reader to run works, and prints what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

BIN = Path(sys.executable).parent
SCRIPT = "tutorial/script-to-population.md"
FUNCTION = "tutorial/function-to-population.md"


def run(command: str, directory: Path) -> str:
    """Run a command as the reader would, in the environment of the tests."""
    environment = {**os.environ, "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]])}
    done = subprocess.run(
        shlex.split(command),
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+\.\d+", text)]


def smaller(text: str) -> str:
    """Make a population of the tutorial one that is trained in seconds."""
    text = re.sub(r"(population_size\W+)8", r"\g<1>4", text)
    text = re.sub(r"(generations\W+)5", r"\g<1>2", text)
    return text.replace("fidelity(10, 60", "fidelity(1, 3")


@pytest.fixture
def workplace(tmp_path: Path, page: Callable[..., Any]) -> Path:
    for name in ("spirals.py", "plain.py", "train.py", "pbt.yaml"):
        (tmp_path / name).write_text(page(SCRIPT).file(name), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["plain-run", "by-hand", "constant", "replay"])
def test_the_scripts_print_what_the_tutorial_says(
    workplace: Path, page: Callable[..., Any], name: str
) -> None:
    session = page(SCRIPT).session(name)
    assert session
    for command, printed in session:
        assert numbers(run(command, workplace)) == pytest.approx(numbers(printed), rel=1e-3)


def test_a_small_hunt_of_the_tutorial(workplace: Path, page: Callable[..., Any]) -> None:
    [(command, _)] = page(SCRIPT).session("hunt")
    config = workplace / "pbt.yaml"
    config.write_text(smaller(config.read_text(encoding="utf-8")), encoding="utf-8")
    output = run(smaller(command), workplace)
    assert "trials completed: 12" in output
    assert "(generation 2 of 2, fidelity 3)" in output
    [best] = re.findall(r"weights: +(.*)", output)
    assert (workplace / best / "network.npz").exists()


def test_a_small_population_of_the_tutorials_function(
    workplace: Path, page: Callable[..., Any]
) -> None:
    script = workplace / "population.py"
    script.write_text(smaller(page(FUNCTION).file("population.py")), encoding="utf-8")
    [(command, _)] = page(FUNCTION).session("function")
    output = run(command, workplace)
    assert "(generation 2 of 2, fidelity 3)" in output
    directory = Path(output.splitlines()[-1].rpartition(", in ")[2])
    assert (directory / "network.npz").exists()


def test_the_numbers_of_the_tutorials_result_are_told_again(page: Callable[..., Any]) -> None:
    tutorial = page(SCRIPT)
    lines = [line for line in tutorial.text.splitlines() if re.match(r" +fidelity .* to ", line)]
    stops = [re.search(r"to +(\d+): lr=(\S+) momentum=(\S+)", line).groups() for line in lines]
    replayed = [command for command, _ in tutorial.session("replay")]
    assert len(replayed) == len(stops) == 2
    for command, (epochs, lr, momentum) in zip(replayed, stops):
        assert f"--lr {lr} --momentum {momentum} --epochs {epochs} " in command


def test_ask_and_tell_prints_what_the_guide_says(tmp_path: Path, page: Callable[..., Any]) -> None:
    guide = page("howto/ask-and-tell.md")
    (tmp_path / "ask_and_tell.py").write_text(guide.file("ask_and_tell.py"), encoding="utf-8")
    [(command, printed)] = guide.session("ask-and-tell")
    assert run(command, tmp_path) == printed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "name"),
    [(SCRIPT, "hunt"), (FUNCTION, "function")],
)
def test_the_tutorials_population_is_the_one_that_is_shown(
    workplace: Path, page: Callable[..., Any], path: str, name: str
) -> None:
    tutorial = page(path)
    if path == FUNCTION:
        (workplace / "population.py").write_text(tutorial.file("population.py"), encoding="utf-8")
    [(command, _)] = tutorial.session(name)
    lineage = run(command, workplace).partition("\nlineage:\n")[2].partition("\na row trains")[0]
    assert lineage
    assert lineage in tutorial.text
