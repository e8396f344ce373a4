"""The environment's variables."""

from __future__ import annotations

import re
from pathlib import Path

from orion_pbt.cli.checks.base import OK, PROBLEM
from orion_pbt.cli.checks.environment import KNOWN, check_environment

ROOT = Path(__file__).parents[4]


def verdicts(**environment: str) -> list[tuple[str, str]]:
    return [(check.name, check.verdict) for check in check_environment(environment)]


def test_nothing_is_set() -> None:
    assert verdicts(HOME="/root") == [("environment", OK)]


def test_known_ones() -> None:
    assert verdicts(ORION_PBT_CHECKPOINTS_BEST="3", ORION_PBT_CHECKPOINT_DIR="x") == [
        ("ORION_PBT_CHECKPOINTS_BEST", OK),
        ("ORION_PBT_CHECKPOINT_DIR", OK),
    ]


def test_a_misspelled_one_is_told_with_the_right_one() -> None:
    (check,) = check_environment({"ORION_PBT_CHECKPOINT_BEST": "3"})
    assert (check.verdict, check.remedy) == (PROBLEM, "Did you mean ORION_PBT_CHECKPOINTS_BEST?")


def test_one_that_is_like_none_is_told_with_all() -> None:
    (check,) = check_environment({"ORION_PBT_XYZ": "3"})
    assert check.verdict == PROBLEM
    assert all(name in check.remedy for name in KNOWN)


def test_a_value_that_cannot_work() -> None:
    *_, check = check_environment({"ORION_PBT_CHECKPOINTS_QUOTA": "much"})
    assert (check.name, check.verdict) == ("environment", PROBLEM)
    assert "'much'" in check.found


def test_those_of_the_code_are_those_that_are_known() -> None:
    found = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"ORION_PBT_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf8"))
    }
    assert found - {"ORION_PBT_CHECKPOINTS"} <= {*KNOWN}


def test_those_that_are_documented_are_those_that_are_known() -> None:
    page = (ROOT / "docs" / "reference" / "environment.md").read_text(encoding="utf8")
    assert {name for name in KNOWN if f"`{name}`" not in page} == set()
