"""Install orion-pbt as its README says, on every supported Python found, and use Oríon's tools."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]
# Python 3.12 and later cannot build Oríon by pip alone.
PLAIN_PIP = ["3.9", "3.10", "3.11"]

# What a trial's process needs of Oríon is one file.
SCRIPT = """\
import json
import os
import sys

x = float(sys.argv[2])
result = {"name": "objective", "type": "objective", "value": x * x}
with open(os.environ["ORION_RESULTS_PATH"], "w") as file:
    json.dump([result], file)
"""


def find_interpreter(version: str) -> str | None:
    """Look for a working Python of `version`: this one, on the path, then among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [
        getattr(sys, "_base_executable", sys.executable),
        shutil.which(f"python{version}"),
    ]
    candidates += sorted(str(path) for path in pyenv.glob(f"versions/{version}.*/bin/python"))
    ask = "import sys, ensurepip; print('%d.%d' % sys.version_info[:2])"
    for candidate in filter(None, candidates):
        # A pyenv shim exists for every version but runs only the selected ones.
        answer = subprocess.run([candidate, "-c", ask], capture_output=True, text=True, check=False)
        if answer.stdout.strip() == version:
            return candidate
    return None


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what an installation needs, as pip builds inside the checkout."""
    target = tmp_path / "checkout"
    built = shutil.ignore_patterns("*.egg-info", "__pycache__")
    shutil.copytree(ROOT / "src", target / "src", ignore=built)
    for name in ("LICENSE", "README.md", "bootstrap.py", "pyproject.toml", "setup.cfg", "setup.py"):
        shutil.copy(ROOT / name, target / name)
    return target


class Shell:
    """Runs commands the way a new user's terminal would.

    Parameters
    ----------
    directory: Path
        The directory to work in, made here.
    bin_directory: Path
        The directory of the programs installed.
    """

    def __init__(self, directory: Path, bin_directory: Path) -> None:
        directory.mkdir()
        self.directory = directory
        self.bin = bin_directory
        ours = ("ORION_", "PYTEST_", "PYTHON", "VIRTUAL_ENV")
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith(ours)}

    def run(self, *command: str, **variables: str) -> str:
        """Run `command`, which must succeed, and return what it printed."""
        done = subprocess.run(
            command,
            cwd=self.directory,
            env={**self.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command} exited {done.returncode}:\n{done.stdout}"
        return done.stdout

    def orion(self, *arguments: str) -> str:
        """Run the installed ``orion`` on a database here, without the user's configuration."""
        return self.run(
            str(self.bin / "orion"),
            *arguments,
            XDG_CONFIG_HOME=str(self.directory),
            ORION_DB_TYPE="pickleddb",
            ORION_DB_ADDRESS=str(self.directory / "db.pkl"),
        )


def install(version: str, interpreter: str, checkout: Path, venv: Path, shell: Shell) -> None:
    """Do what the README tells users of `version` to do."""
    if version in PLAIN_PIP:
        shell.run(interpreter, "-m", "venv", str(venv))
        # Changes nothing unless the interpreter brings a pip that refuses Oríon.
        shell.run(str(shell.bin / "python"), "-m", "pip", "install", "pip<26.3")
        shell.run(str(shell.bin / "python"), "-m", "pip", "install", str(checkout))
    else:
        bootstrap = str(checkout / "bootstrap.py")
        shell.run(interpreter, bootstrap, "install", "--venv", str(venv))


@pytest.mark.parametrize("version", VERSIONS)
def test_install(version: str, checkout: Path, tmp_path: Path) -> None:
    interpreter = find_interpreter(version)
    if interpreter is None:
        pytest.skip(f"no Python {version} with ensurepip on the path or among pyenv's")
    venv = tmp_path / "venv"
    shell = Shell(tmp_path / "work", venv / "bin")
    install(version, interpreter, checkout, venv, shell)
    (shell.directory / "script.py").write_text(SCRIPT)

    assert "hunt" in shell.orion("--help")
    python = str(shell.bin / "python")
    shell.orion(
        *["hunt", "--name", "first", "--max-trials", "3"],
        *[python, "script.py", "-x~uniform(-1, 1)"],
    )
    assert ["completed", "3"] in [line.split()[:2] for line in shell.orion("status").splitlines()]
    assert "trials completed: 3" in shell.orion("info", "--name", "first")
    assert "first-v1" in shell.orion("list")
    assert "Failure" not in shell.orion("db", "test")
    shell.orion("plot", "regret", "--name", "first", "--type", "png", "--output", "regret.png")
    assert (shell.directory / "regret.png").read_bytes().startswith(b"\x89PNG\r\n")
    shell.orion("plot", "regret", "--name", "first", "--type", "html", "--output", "regret.html")
    assert "Plotly.newPlot" in (shell.directory / "regret.html").read_text(encoding="utf-8")
    installed = Path(shell.run(python, "-c", "import orion_pbt; print(orion_pbt.__file__)").strip())
    assert venv in installed.parents
    assert installed.with_name("py.typed").exists()
