"""How a file system locks is found out once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pytest
from orion.core.io.database.pickleddb import PickledDB

import orion_pbt.algorithms  # noqa: F401  # puts the corrections in place


def test_it_is_asked_once_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    own = psutil.disk_partitions

    def counted(*args: Any) -> Any:
        asked.append(args)
        return own(*args)

    monkeypatch.setattr(psutil, "disk_partitions", counted)
    for name in ("a.pkl", "b.pkl"):
        database = PickledDB(host=str(tmp_path / name))
        for number in range(3):
            database.write("trials", [{"_id": number}])
        assert database.count("trials") == 3
    assert len(asked) == 2
