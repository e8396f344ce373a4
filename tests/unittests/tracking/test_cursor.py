"""The file that says what was logged."""

from __future__ import annotations

from pathlib import Path

import pytest

from orion_pbt.errors import StateError
from orion_pbt.tracking.cursor import Cursor


def test_what_was_noted_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "cursor.json"
    cursor = Cursor(path)
    assert cursor["a"] is None
    cursor.note("a", 3)
    cursor.note("b", 1)
    cursor.note("a", 5)
    assert [Cursor(path)[key] for key in ("a", "b", "c")] == [5, 1, None]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"last": {}}', "cannot be read: 'schema'"),
        ('{"schema": 2, "last": {}}', "has schema 2, and this version of orion-pbt reads schema 1"),
    ],
)
def test_a_file_that_says_nothing_is_told(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "cursor.json"
    path.write_text(text)
    with pytest.raises(StateError, match=rf"cursor\.json' .*{why}.*Remove it to log all again"):
        Cursor(path)
