"""The README's commands are what ``.ci/run`` runs, word for word."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def readme_command(name: str) -> str:
    """Return the text of the fenced block below the mark `name`."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(rf"^<!-- command: {name} -->\n+```\w*\n(.*?)\n```$", text, re.M | re.S)
    assert len(found) == 1, f"README.md has {len(found)} blocks marked '{name}', wanted 1"
    return found[0]


def steps(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Ask ``.ci/run`` of `checkout` for its steps."""
    command = ["bash", str(checkout / ".ci" / "run"), "--dry-run"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["demo", "test"])
def test_readme_command_is_one_command_of_bootstrap(name: str) -> None:
    assert readme_command(name) == f"python3 bootstrap.py {name}"


@pytest.mark.parametrize("name", ["demo", "test"])
def test_ci_runs_the_readme_command(name: str) -> None:
    answer = steps(ROOT)
    assert answer.returncode == 0, answer.stderr
    assert f"README: {name}: {readme_command(name)}" in answer.stdout.splitlines()


def test_ci_takes_the_command_from_the_readme(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "README.md").write_text(
        "<!-- command: demo -->\n```bash\necho one\necho two\n```\n```\nother\n```\n"
        "<!-- command: test -->\n\n```\necho three\n```\n"
    )
    printed = steps(tmp_path).stdout
    assert "README: demo: echo one\necho two\n" in printed
    assert "README: test: echo three\n" in printed
    assert "other" not in printed


@pytest.mark.parametrize("text", ["", "<!-- command: demo -->\n```\necho one\n```\n"])
def test_ci_fails_without_a_marked_command(tmp_path: Path, text: str) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "README.md").write_text(text)
    answer = steps(tmp_path)
    assert answer.returncode != 0
    assert "has no fenced block below the line <!-- command:" in answer.stderr
