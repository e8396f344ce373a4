"""orion-pbt health."""

from __future__ import annotations

import json
from collections.abc import Callable

Run = Callable[..., str]


def test_each_question_is_answered(run: Run) -> None:
    lines = [line for line in run("health").splitlines() if not line.startswith("      →")]
    assert [line[:5].strip() in ("fine", "look", "–") for line in lines] == [True] * 5
    findings = json.loads(run("health", "--format", "json"))
    assert [finding["question"] for finding in findings] == [
        line[6:].split(":")[0] for line in lines
    ]
