#!/usr/bin/env python3
"""Set up orion-pbt in a virtual environment and, if asked, run its demo or its tests.

It needs Python 3.9 to 3.13 and nothing else::

    python3 bootstrap.py install [--venv DIR] [--extras test,docs] [--editable]
    python3 bootstrap.py demo [--venv DIR] [arguments of examples/digits/run.py ...]
    python3 bootstrap.py test [--venv DIR] [arguments of pytest ...]

``demo`` and ``test`` run in the checkout, so relative paths among their arguments start
there. A second call finds the environment ready and installs nothing.

On Python 3.9 to 3.11 ``install`` does what ``pip install .`` does. On 3.12 and 3.13 it first
builds Oríon, whose ``setup.py`` calls names of ``configparser`` that Python 3.12 removed. On
each it replaces, in that virtual environment, a pip that refuses Oríon (26.3 and later).
"""

import argparse
import configparser
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST, NEWEST = (3, 9), (3, 13)


def python_problem(version):
    """Say why `version`, such as ``(3, 8)``, cannot run orion-pbt; empty when it can."""
    if OLDEST <= version <= NEWEST:
        return ""
    return (
        "this is Python {}.{}, but orion-pbt needs 3.{} to 3.{}. "
        "Run bootstrap.py with one of these, for instance: python3.{} bootstrap.py"
    ).format(*version, OLDEST[1], NEWEST[1], NEWEST[1])


# Before anything below that an older Python would stumble over.
if python_problem(sys.version_info[:2]):
    sys.exit("bootstrap: " + python_problem(sys.version_info[:2]))

ROOT = Path(__file__).resolve().parent
STAMP = ".orion-pbt-installed.json"
FIRST_PYTHON_WITHOUT_READFP = (3, 12)

# From 26.3 on pip refuses what comes from PyPI and names a URL among its dependencies. Oríon
# does so in extras that orion-pbt does not use.
FIRST_PIP_REFUSING_ORION = (26, 3)

# Python runs a sitecustomize.py found on its path before anything else, so pip's children
# that run Oríon's setup.py see these names again.
SITECUSTOMIZE = """\
import configparser


class SafeConfigParser(configparser.ConfigParser):
    def readfp(self, fp, filename=None):
        self.read_file(fp, filename)


configparser.SafeConfigParser = SafeConfigParser
"""


class BootstrapError(Exception):
    """Something the user has to put right."""


class Environment:
    """A virtual environment that holds, or will hold, orion-pbt.

    Parameters
    ----------
    path: Path
        Its directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bin = path / "bin"
        self.python = self.bin / "python"

    def run(self, *command: str, **variables: str) -> int:
        """Run `command` in the checkout, the environment activated; return its exit status."""
        environ = {name: os.environ[name] for name in os.environ if name != "PYTHONHOME"}
        environ["PATH"] = os.pathsep.join([str(self.bin), environ.get("PATH", os.defpath)])
        environ["VIRTUAL_ENV"] = str(self.path)
        # GitPython, which Oríon imports, otherwise stops on a machine without git.
        environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        environ.update(variables)
        return subprocess.call([str(self.python), *command], cwd=ROOT, env=environ)

    def pip_install(self, *arguments: str, **variables: str) -> None:
        """Run ``pip install`` with `arguments`.

        Raises
        ------
        BootstrapError
            If pip fails; it has then printed why.
        """
        # A user's PYTHONPATH could hide what is missing in the environment.
        variables = {"PYTHONPATH": "", **variables}
        options = ["--quiet", "--disable-pip-version-check"]
        if self.run("-m", "pip", "install", *options, *arguments, **variables):
            raise BootstrapError(
                f"'pip install {' '.join(arguments)}' failed, its message is above. "
                "Put that right (often: no network) and run the same command again."
            )

    def create(self) -> None:
        """Make the environment, or finish one whose making was interrupted.

        Raises
        ------
        BootstrapError
            If the directory is something else, holds another Python, or cannot be made.
        """
        if self.path.exists() and not (self.path / "pyvenv.cfg").exists() and any_in(self.path):
            raise BootstrapError(
                f"'{self.path}' exists and is not a virtual environment. "
                "Give the directory of one, or of a new one, with --venv."
            )
        if self.python.exists():
            self.check_version()
            if not subprocess.call(
                [str(self.python), "-c", "import pip"], stderr=subprocess.DEVNULL
            ):
                return
        check_venv_modules()
        say(f"making {self.path} with Python {dotted(sys.version_info[:3])}")
        if subprocess.call([sys.executable, "-m", "venv", str(self.path)]):
            raise BootstrapError(
                f"'{sys.executable} -m venv {self.path}' failed, its message is above. "
                "Put that right and run the same command again."
            )

    def check_version(self) -> None:
        """Raise a `BootstrapError` unless the environment's Python is the one that runs this."""
        ask = [str(self.python), "-c", "import sys; print(*sys.version_info[:2])"]
        answer = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=False).stdout.split()
        mine = [str(part) for part in sys.version_info[:2]]
        if answer != mine:
            raise BootstrapError(
                f"'{self.path}' holds Python {'.'.join(answer) or 'that does not start'}, but this "
                f"is Python {'.'.join(mine)}. Remove that directory, or give another with --venv."
            )


def any_in(directory: Path) -> bool:
    """Tell whether `directory` holds anything."""
    return next(directory.iterdir(), None) is not None


def dotted(version) -> str:
    """Write a version tuple as people do."""
    return ".".join(str(part) for part in version)


def say(message: str) -> None:
    """Tell the user what happens now."""
    print(f"bootstrap: {message}", flush=True)


def check_venv_modules() -> None:
    """Raise a `BootstrapError` if this Python cannot make virtual environments with pip."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise BootstrapError(
                f"Python {dotted(sys.version_info[:3])} at {sys.executable} has no module "
                f"'{module}', which making a virtual environment needs. "
                "On Debian and Ubuntu: apt-get install python3-venv"
            )


def metadata() -> configparser.ConfigParser:
    """Read ``setup.cfg``."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config


def check_extras(extras: set) -> None:
    """Raise a `BootstrapError` for an extra that ``setup.cfg`` lacks; pip would only warn."""
    known = set(metadata()["options.extras_require"])
    if extras - known:
        raise BootstrapError(
            f"--extras names '{', '.join(sorted(extras - known))}'. "
            f"Choose among: {', '.join(sorted(known))}"
        )


def pinned(name: str) -> str:
    """Read the requirement on the distribution `name` from ``setup.cfg``.

    Raises
    ------
    LookupError
        If there is none.
    """
    for requirement in metadata()["options"]["install_requires"].split("\n"):
        if requirement.startswith((name + "=", name + "<")):
            return requirement
    raise LookupError(f"setup.cfg requires no {name}")


def fingerprint(editable: bool) -> str:
    """Hash every file that decides what an installation holds.

    Parameters
    ----------
    editable: bool
        Whether the installed package is the checkout itself, whose sources then do not count.
    """
    files = [ROOT / name for name in ("bootstrap.py", "pyproject.toml", "setup.cfg", "setup.py")]
    if not editable:
        files += sorted(path for path in (ROOT / "src").rglob("*.py") if path.is_file())
    digest = hashlib.sha256(dotted(sys.version_info[:3]).encode())
    for path in files:
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read_stamp(path: Path) -> dict:
    """Read what an earlier call installed; empty when there was none that finished."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def install(environment: Environment, extras: set, editable: bool) -> None:
    """Bring `environment` up to date with the checkout.

    Parameters
    ----------
    environment: Environment
        Where to install; made if it does not exist.
    extras: set of str
        Optional dependencies wanted beside those already there.
    editable: bool
        Install the checkout itself rather than a copy of it.

    Raises
    ------
    BootstrapError
        If the environment cannot be made or pip fails.
    """
    stamp = environment.path / STAMP
    done = read_stamp(stamp)
    installed = set(done.get("extras", ()))
    check_extras(extras)
    wanted = {"extras": sorted(extras | installed), "editable": editable}
    wanted["fingerprint"] = fingerprint(editable)
    if done == wanted and environment.python.exists():
        return
    environment.create()
    # An interrupted installation must not look like a finished one.
    stamp.unlink(missing_ok=True)
    say("installing orion-pbt and what it needs; the first time takes a minute or two")
    ensure_pip_takes_orion(environment)
    if sys.version_info[:2] >= FIRST_PYTHON_WITHOUT_READFP:
        install_orion(environment)
    target = f"{ROOT}[{','.join(wanted['extras'])}]" if wanted["extras"] else str(ROOT)
    environment.pip_install(*(["--editable"] if editable else []), target)
    stamp.write_text(json.dumps(wanted), encoding="utf-8")


def ensure_pip_takes_orion(environment: Environment) -> None:
    """Put an older pip into `environment` if the one there refuses Oríon, and say so."""
    ask = [str(environment.python), "-c", "import pip; print(pip.__version__)"]
    version = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    if tuple(int(part) for part in version.split(".")[:2]) >= FIRST_PIP_REFUSING_ORION:
        older = f"pip<{dotted(FIRST_PIP_REFUSING_ORION)}"
        say(f"pip {version} refuses Oríon for the URLs in its optional dependencies")
        say(f"replacing it by {older} in {environment.path}; no other pip is touched")
        environment.pip_install(older)


def install_orion(environment: Environment) -> None:
    """Build and install Oríon alone, on a Python on which its ``setup.py`` stops."""
    environment.pip_install(pinned("setuptools"), "wheel")
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "sitecustomize.py").write_text(SITECUSTOMIZE, encoding="utf-8")
        # Under build isolation pip's own sitecustomize.py would come before this one.
        options = ["--no-build-isolation", "--use-pep517", "--no-deps"]
        environment.pip_install(*options, pinned("orion"), PYTHONPATH=directory)


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(
        prog="bootstrap.py",
        description="Set up orion-pbt in a virtual environment and, if asked, run it.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    for name, purpose in (
        ("install", "install orion-pbt"),
        ("demo", "install it and train a population on examples/digits"),
        ("test", "install it and run its tests; further arguments go to pytest"),
    ):
        command = commands.add_parser(name, help=purpose, description=purpose, allow_abbrev=False)
        command.add_argument(
            "--venv",
            type=Path,
            default=ROOT / ".venv",
            metavar="DIR",
            help="the virtual environment, made if missing (default: .venv beside this file)",
        )
        if name == "install":
            command.add_argument(
                "--extras",
                default="",
                metavar="NAMES",
                help="optional dependencies, with commas between: test, docs, lint, examples",
            )
            command.add_argument(
                "--editable",
                action="store_true",
                help="install the checkout itself, so that changes to it take effect at once",
            )
    return top


def main(arguments: list) -> int:
    """Run the command in `arguments` and return the exit status."""
    options, rest = parser().parse_known_args(arguments)
    environment = Environment(Path(os.path.abspath(options.venv)))
    try:
        if options.command == "install":
            if rest:
                parser().error("unrecognized arguments: " + " ".join(rest))
            install(environment, set(filter(None, options.extras.split(","))), options.editable)
            say(f"ready: {environment.bin / 'orion'}")
            return 0
        if options.command == "demo":
            install(environment, {"examples"}, editable=True)
            return environment.run("examples/digits/run.py", *rest)
        # The tests run the examples too.
        install(environment, {"examples", "test"}, editable=True)
        return environment.run("-m", "pytest", *rest)
    except BootstrapError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
