"""Lets the tests import what ``benchmarks/quality.py`` is made of, and use its controls."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))


@pytest.fixture(autouse=True)
def controls() -> Iterator[None]:
    """Put the benchmark's strategies into the tables, for one test."""
    from search_quality.settings import registered

    with registered():
        yield
