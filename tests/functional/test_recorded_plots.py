"""Each kind of plot of a real, recorded experiment shows what it showed when it was recorded."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

_PATH = Path(__file__).parent / "data" / "record.py"
_SPEC = importlib.util.spec_from_file_location("record_digits", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
record = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(record)


@pytest.fixture(scope="module")
def shown() -> Any:
    return record.records()


@pytest.mark.parametrize("kind", record.RECORDS)
def test_a_plot_of_the_recorded_experiment_shows_what_it_did(shown: Any, kind: str) -> None:
    expected = json.loads(record.EXPECTED.read_text(encoding="utf8"))
    assert shown[kind] == expected[kind]
