"""What ``bootstrap.py`` decides; ``tests/functional/test_install.py`` lets it install."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Load the script as a module that takes `tmp_path` for the checkout."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", ROOT / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("bootstrap.py", "pyproject.toml", "setup.cfg", "setup.py"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "module.py").write_text("one = 1\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


class Recorder:
    """Stands in for `subprocess.call` and answers success."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.environs: list[dict[str, str]] = []

    def __call__(self, command: list[str], env: dict[str, str] | None = None, **_: object) -> int:
        self.commands.append(command)
        self.environs.append(env or {})
        if command[1:3] == ["-m", "venv"]:
            python = Path(command[3], "bin", "python")
            python.parent.mkdir(parents=True)
            python.symlink_to(sys.executable)
            Path(command[3], "pyvenv.cfg").touch()
        return 0


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Run no program, note them all."""
    recorder = Recorder()
    monkeypatch.setattr(subprocess, "call", recorder)
    return recorder


def pip_targets(calls: Recorder) -> list[str]:
    """Name what each ``pip install`` was given last, Oríon's own build left out."""
    installs = [command for command in calls.commands if command[1:4] == ["-m", "pip", "install"]]
    return [command[-1] for command in installs if command[-1].startswith("/")]


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (3, 11), (3, 12), (3, 13)])
def test_supported_pythons_have_no_problem(bootstrap: ModuleType, version: tuple) -> None:
    assert bootstrap.python_problem(version) == ""


@pytest.mark.parametrize("version", [(3, 6), (3, 8), (3, 14), (4, 0)])
def test_other_pythons_are_told_value_rule_and_remedy(
    bootstrap: ModuleType, version: tuple
) -> None:
    assert bootstrap.python_problem(version) == (
        f"this is Python {version[0]}.{version[1]}, but orion-pbt needs 3.9 to 3.13. "
        "Run bootstrap.py with one of these, for instance: python3.13 bootstrap.py"
    )


def test_second_call_runs_nothing(bootstrap: ModuleType, calls: Recorder, tmp_path: Path) -> None:
    command = ["install", "--venv", str(tmp_path / "venv"), "--extras", "test,docs"]
    assert bootstrap.main(command) == 0
    assert pip_targets(calls) == [f"{tmp_path}[docs,test]"]
    calls.commands.clear()
    assert bootstrap.main(command) == 0
    assert calls.commands == []


def test_extras_add_up(bootstrap: ModuleType, calls: Recorder, tmp_path: Path) -> None:
    command = ["install", "--venv", str(tmp_path / "venv"), "--extras"]
    bootstrap.main([*command, "test"])
    bootstrap.main([*command, "docs"])
    bootstrap.main([*command, "test"])
    assert pip_targets(calls) == [f"{tmp_path}[test]", f"{tmp_path}[docs,test]"]


@pytest.mark.parametrize(
    ("changed", "options", "again"),
    [
        ("setup.cfg", ["--editable"], True),
        ("setup.cfg", [], True),
        ("src/module.py", [], True),
        ("src/module.py", ["--editable"], False),
    ],
)
def test_changed_files_install_again(
    bootstrap: ModuleType,
    calls: Recorder,
    tmp_path: Path,
    changed: str,
    options: list[str],
    again: bool,
) -> None:
    command = ["install", "--venv", str(tmp_path / "venv"), *options]
    bootstrap.main(command)
    calls.commands.clear()
    with (tmp_path / changed).open("a") as file:
        file.write("\n# changed\n")
    bootstrap.main(command)
    assert bool(pip_targets(calls)) is again


def test_interrupted_installation_is_done_again(
    bootstrap: ModuleType, calls: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["install", "--venv", str(tmp_path / "venv")]
    bootstrap.main(command)
    (tmp_path / "src" / "module.py").write_text("two = 2\n")

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap.Environment, "pip_install", interrupt)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.main(command)
    (tmp_path / "src" / "module.py").write_text("one = 1\n")
    calls.commands.clear()
    bootstrap.main(command)
    assert pip_targets(calls) == [str(tmp_path)]


@pytest.mark.parametrize("content", ["", "{", '{"extras": ["test"]}'])
def test_torn_or_foreign_stamp_means_not_installed(
    bootstrap: ModuleType, calls: Recorder, tmp_path: Path, content: str
) -> None:
    bootstrap.main(["install", "--venv", str(tmp_path / "venv")])
    (tmp_path / "venv" / bootstrap.STAMP).write_text(content)
    calls.commands.clear()
    bootstrap.main(["install", "--venv", str(tmp_path / "venv")])
    assert len(pip_targets(calls)) == 1


def test_arguments_after_test_go_to_pytest(
    bootstrap: ModuleType, calls: Recorder, tmp_path: Path
) -> None:
    venv = tmp_path / "venv"
    mine = ["-k", "one or two", "tests/unittests", "-m", "slow", "-x", "--maxfail=2", "--lf"]
    bootstrap.main(["test", *mine[:3], "--venv", str(venv), *mine[3:]])
    assert calls.commands[-1] == [str(venv / "bin" / "python"), "-m", "pytest", *mine]


def test_demo_runs_the_example_in_the_environment(
    bootstrap: ModuleType, calls: Recorder, tmp_path: Path
) -> None:
    venv = tmp_path / "venv"
    bootstrap.main(["demo", "--venv", str(venv)])
    assert calls.commands[-1] == [str(venv / "bin" / "python"), "examples/digits/run.py"]
    assert calls.environs[-1]["PATH"].startswith(str(venv / "bin") + ":")


def test_exit_status_is_the_programs(
    bootstrap: ModuleType, calls: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = str(tmp_path / "venv")
    bootstrap.main(["test", "--venv", venv])
    monkeypatch.setattr(subprocess, "call", lambda *_, **__: 5)
    assert bootstrap.main(["test", "--venv", venv]) == 5


@pytest.mark.parametrize("first_without", [(3, 0), (4, 0)])
def test_orion_is_built_apart_only_where_needed(
    bootstrap: ModuleType,
    calls: Recorder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first_without: tuple,
) -> None:
    monkeypatch.setattr(bootstrap, "FIRST_PYTHON_WITHOUT_READFP", first_without)
    bootstrap.main(["install", "--venv", str(tmp_path / "venv")])
    builds = [command for command in calls.commands if "orion==0.2.7" in command]
    assert len(builds) == (1 if first_without == (3, 0) else 0)


@pytest.mark.parametrize(
    ("version", "replaced"), [("23.0", False), ("26.2.1", False), ("26.3", True), ("27.0.1", True)]
)
def test_pip_that_refuses_orion_is_replaced_aloud(
    bootstrap: ModuleType,
    calls: Recorder,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    version: str,
    replaced: bool,
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho {version}\n")
    python.chmod(0o755)
    bootstrap.ensure_pip_takes_orion(bootstrap.Environment(tmp_path / "venv"))
    assert [command[-1] for command in calls.commands] == (["pip<26.3"] if replaced else [])
    assert (f"pip {version} refuses Oríon" in capsys.readouterr().out) is replaced


def test_restored_names_read_a_file(bootstrap: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(bootstrap.SITECUSTOMIZE)
    (tmp_path / "some.cfg").write_text("[versioneer]\nVCS = git\n")
    program = (
        "import sitecustomize, configparser; parser = configparser.SafeConfigParser(); "
        "file = open('some.cfg'); parser.readfp(file); file.close(); "
        "print(parser.get('versioneer', 'VCS'))"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout == "git\n"


def test_pip_failure_is_told_and_leaves_no_stamp(
    bootstrap: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(command: list[str], **options: object) -> int:
        return 1 if "install" in command else Recorder()(command, **options)

    monkeypatch.setattr(subprocess, "call", fail)
    assert bootstrap.main(["install", "--venv", str(tmp_path / "venv")]) == 1
    assert "its message is above" in capsys.readouterr().err
    assert not (tmp_path / "venv" / bootstrap.STAMP).exists()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_python_without_venv_names_the_debian_package(
    bootstrap: ModuleType,
    calls: Recorder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: str,
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == module else found(name)
    )
    assert bootstrap.main(["install", "--venv", str(tmp_path / "venv")]) == 1
    message = capsys.readouterr().err
    assert f"no module '{module}'" in message
    assert sys.executable in message
    assert "apt-get install python3-venv" in message


def test_directory_of_something_else_is_left_alone(
    bootstrap: ModuleType, calls: Recorder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(["install", "--venv", str(tmp_path / "src")]) == 1
    assert "exists and is not a virtual environment" in capsys.readouterr().err
    assert calls.commands == []
    assert [path.name for path in (tmp_path / "src").iterdir()] == ["module.py"]


def test_environment_of_another_python_is_refused(
    bootstrap: ModuleType, calls: Recorder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    python.write_text("#!/bin/sh\necho 3 8\n")
    python.chmod(0o755)
    assert bootstrap.main(["install", "--venv", str(tmp_path / "venv")]) == 1
    assert "holds Python 3.8" in capsys.readouterr().err
    assert pip_targets(calls) == []


def test_unknown_extra_is_refused(
    bootstrap: ModuleType, calls: Recorder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["install", "--venv", str(tmp_path / "venv"), "--extras", "test,tset"]
    assert bootstrap.main(arguments) == 1
    message = capsys.readouterr().err
    assert "names 'tset'. Choose among: " in message
    assert message.split("among: ")[1].strip().split(", ") == sorted(
        bootstrap.metadata()["options.extras_require"]
    )
    assert calls.commands == []


def test_stamp_is_plain_data(bootstrap: ModuleType, calls: Recorder, tmp_path: Path) -> None:
    bootstrap.main(["install", "--venv", str(tmp_path / "venv"), "--editable"])
    stamp = json.loads((tmp_path / "venv" / bootstrap.STAMP).read_text())
    assert stamp == {
        "editable": True,
        "extras": [],
        "fingerprint": bootstrap.fingerprint(editable=True),
    }


def test_runs_from_any_directory(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "bootstrap.py"), "install", "--help"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "--editable" in answer.stdout
