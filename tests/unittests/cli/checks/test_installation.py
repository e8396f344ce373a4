"""The installation."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest

from orion_pbt import upstream
from orion_pbt.cli.checks import installation
from orion_pbt.cli.checks.base import OK, PROBLEM, WARNING, Check
from orion_pbt.cli.checks.installation import check_installation


def check() -> dict[str, Check]:
    return {check.name: check for check in check_installation()}


def pretend(monkeypatch: pytest.MonkeyPatch, **versions: str | None) -> None:
    """Let packages have other versions, None for one that is not installed."""
    own = metadata.version

    def version(name: str) -> str:
        if name not in versions:
            return own(name)
        if versions[name] is None:
            raise metadata.PackageNotFoundError(name)
        return str(versions[name])

    monkeypatch.setattr(metadata, "version", version)


def test_this_one_is_in_order() -> None:
    found = check()
    assert {check.name for check in found.values() if check.verdict != OK} == set()
    assert {"Python", "Oríon", "setuptools", "plotly", "kaleido", "pip"} <= set(found)
    assert {"algorithm pbt", "storage sql", "extra postgresql", "extra fsspec"} <= set(found)
    assert found["Oríon"].found == f"0.2.7, with {len(upstream.CORRECTIONS)} corrections in place"


def test_another_orion(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, orion="0.2.6")
    told = check()["Oríon"]
    assert (told.verdict, told.remedy) == (PROBLEM, "Install orion==0.2.7.")


def test_without_the_corrections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "_installed", False)
    assert check()["Oríon"].verdict == PROBLEM


@pytest.mark.parametrize("version", ["6.0.1", None])
def test_a_requirement_that_is_not_met(
    monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    pretend(monkeypatch, plotly=version)
    told = check()["plotly"]
    assert (told.verdict, told.remedy) == (PROBLEM, "pip install 'plotly<6'")
    assert (version or "not installed") in told.found


def test_an_extra_that_is_missing_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, psycopg=None)
    told = check()["extra postgresql"]
    assert told.verdict == OK
    assert "pip install 'orion-pbt[postgresql]'" in told.found


def test_another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation.sys, "version_info", (3, 99, 0))
    assert check()["Python"].verdict == WARNING


def test_a_name_that_another_package_took(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        pass

    def get_class(name: str) -> Any:
        return Other

    monkeypatch.setattr(installation.algo_factory, "get_class", get_class)
    told = check()["algorithm pbt"]
    assert told.verdict == PROBLEM
    assert "Other" in told.found
