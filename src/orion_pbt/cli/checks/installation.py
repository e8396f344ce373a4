"""Whether Oríon and what it needs are installed as this package needs them."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import metadata

from orion.algo.base import algo_factory
from orion.storage.base import storage_factory
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from orion_pbt import upstream
from orion_pbt.algorithms import PBT
from orion_pbt.cli.checks.base import Check, ok, problem, warning
from orion_pbt.storage import SQL

PACKAGE = "orion-pbt"
USERS = ("examples", "fsspec", "postgresql")
"""The extras for those who use the package; the others are for those who work on it."""


def check_installation() -> Iterator[Check]:
    """Check Python, Oríon, the packages that are required, and who is found by which name."""
    yield _python()
    yield _orion()
    yield from _requirements()
    yield from _names()
    yield from _extras()


def _python() -> Check:
    version = f"{platform.python_version()} ({sys.executable})"
    mine = f"Programming Language :: Python :: {sys.version_info[0]}.{sys.version_info[1]}"
    classifiers = metadata.metadata(PACKAGE).get_all("Classifier") or []
    if mine in classifiers:
        return ok("Python", version)
    known = [line.rpartition(" ")[2] for line in classifiers if "Python :: 3." in line]
    return warning(
        "Python", f"{version}; tested are {', '.join(known)}", "Use one of these if it fails."
    )


def _orion() -> Check:
    found = metadata.version("orion")
    if found != upstream.VERSION:
        return problem(
            "Oríon",
            f"{found}; it is corrected for {upstream.VERSION} only, so that nothing is",
            f"Install orion=={upstream.VERSION}.",
        )
    if not upstream.is_installed():
        return problem(
            "Oríon",
            f"{found}, without the corrections: its own algorithms were loaded, ours was not",
            f"Install {PACKAGE} again, with pip, so that Oríon finds its entry points.",
        )
    return ok("Oríon", f"{found}, with {len(upstream.CORRECTIONS)} corrections in place")


def _requirements() -> Iterator[Check]:
    for name, specifier, extra in _required():
        if extra or name == "orion":
            continue
        version = _version(name)
        wanted = f"{name}{specifier}"
        if version is None or version not in specifier:
            yield problem(
                name,
                f"{version or 'not installed'}; {wanted} is needed",
                f"pip install '{wanted}'",
            )
        else:
            yield ok(name, version)
    yield ok("pip", _version("pip") or "not installed")


def _extras() -> Iterator[Check]:
    for extra in USERS:
        names = [name for name, _, of in _required() if of == extra]
        missing = [name for name in names if _version(name) is None]
        if missing:
            found = f"not installed ({', '.join(missing)}); for those who need it: "
            yield ok(f"extra {extra}", f"{found}pip install '{PACKAGE}[{extra}]'")
        else:
            yield ok(f"extra {extra}", ", ".join(f"{name} {_version(name)}" for name in names))


def _names() -> Iterator[Check]:
    again = f"Uninstall the other package, or install {PACKAGE} again with pip."
    for name, found, wanted in (
        ("algorithm pbt", algo_factory.get_class("pbt"), PBT),
        ("storage sql", storage_factory.get_class("sql"), SQL),
    ):
        told = f"{found.__module__}.{found.__qualname__}"
        if found is wanted:
            yield ok(name, told)
        else:
            yield problem(name, f"{told}, which is not {PACKAGE}'s", again)


def _required() -> list[tuple[str, SpecifierSet, str]]:
    """Return name, versions and extra (empty: always) of what this package requires."""
    found = []
    for text in metadata.requires(PACKAGE) or []:
        requirement = Requirement(text)
        for extra in ("", *USERS):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                found.append((requirement.name, requirement.specifier, extra))
                break
    return found


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
