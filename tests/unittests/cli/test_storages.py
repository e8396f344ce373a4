"""Storages as a person writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orion_pbt.cli.storages import to_configuration
from orion_pbt.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sqlite:///a.db", {"type": "sql", "url": "sqlite:///a.db"}),
        ("postgresql://host/db", {"type": "sql", "url": "postgresql://host/db"}),
        (
            "mongodb://host/db",
            {"type": "legacy", "database": {"type": "mongodb", "host": "mongodb://host/db"}},
        ),
        (
            "/dir/db.pkl",
            {"type": "legacy", "database": {"type": "pickleddb", "host": "/dir/db.pkl"}},
        ),
        ("/dir/a.db", {"type": "sql", "url": "sqlite:////dir/a.db"}),
    ],
)
def test_each_kind_is_told_by_how_it_is_written(text: str, expected: dict[str, Any]) -> None:
    assert to_configuration(text) == expected


def test_a_path_is_taken_from_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert to_configuration("a.db")["url"] == f"sqlite:///{tmp_path}/a.db"


def test_another_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'mysql://x'.*sqlite:///pbt\.db"):
        to_configuration("mysql://x")
