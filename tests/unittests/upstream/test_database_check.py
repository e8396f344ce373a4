"""`orion db test` tests the database of the storage that is configured."""

from __future__ import annotations

from pathlib import Path

import pytest
from orion.core.cli import main

import orion_pbt.algorithms  # noqa: F401  # puts the corrections in place


def test_the_configured_storage_is_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORION_STORAGE_TYPE", "sql")
    monkeypatch.setenv("ORION_STORAGE_URL", f"sqlite:///{tmp_path / 'x.db'}")
    main(["db", "test"])
    printed = capsys.readouterr().out
    assert f"SQL(host=sqlite+pysqlite:///{tmp_path / 'x.db'})" in printed
    assert "Failure" not in printed
