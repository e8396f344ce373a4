"""The reference has every setting, with the default and the errors that the code has."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml
from orion.core.io.space_builder import SpaceBuilder

from orion_pbt.algorithms import PBT
from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import EXPLOITS
from orion_pbt.explore import EXPLORES

SOURCES = Path(__file__).resolve().parents[3] / "src"
PAGE = "reference/settings.md"
SPACE = {"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 10)"}


def shown(default: Any) -> str:
    missing = default in (inspect.Parameter.empty, dataclasses.MISSING)
    return "required" if missing else f"`{default}`"


def documented(rows: list[list[str]]) -> dict[str, str]:
    """Return setting → default of the rows that name a setting."""
    return {name.strip("`"): default for name, default, *_ in rows if name.startswith("`")}


def test_each_setting_of_the_algorithm_has_a_row_with_its_default(page: Callable[..., Any]) -> None:
    parameters = inspect.signature(PBT.__init__).parameters.values()
    settings = {p.name: shown(p.default) for p in parameters if p.name not in ("self", "space")}
    assert documented(page(PAGE).rows("The algorithm")) == settings


@pytest.mark.parametrize(
    ("kind", "name", "strategy"),
    [
        *(("exploit", name, strategy) for name, strategy in EXPLOITS.items()),
        *(("explore", name, strategy) for name, strategy in EXPLORES.items()),
    ],
)
def test_each_option_of_a_strategy_has_a_row_with_its_default(
    page: Callable[..., Any], kind: str, name: str, strategy: Any
) -> None:
    reference = page(PAGE)
    _, section = reference.text.split(f"## Strategies to {kind}\n")
    reference.text = section.split("\n## ")[0]
    options = {field.name: shown(field.default) for field in dataclasses.fields(strategy)}
    assert documented(reference.rows(name)) == options
    assert f"orion_pbt.{kind}.{strategy.__name__}`" in reference.text


def test_no_strategy_is_documented_that_is_not_there(page: Callable[..., Any]) -> None:
    headings = re.findall(r"^### (\w+)$", page(PAGE).text, re.M)
    assert sorted(headings) == sorted([*EXPLOITS, *EXPLORES])


def refusals(rows: list[list[str]]) -> list[tuple[dict[str, Any], str]]:
    return [(yaml.safe_load(left.strip("`")), text) for left, text in rows if left[0] == "`"]


def test_settings_are_refused_with_the_messages_that_are_shown(page: Callable[..., Any]) -> None:
    cases = refusals(page(PAGE).rows("What is refused"))
    assert len(cases) > 15
    for settings, message in cases:
        with pytest.raises(ConfigurationError) as caught:
            PBT(SpaceBuilder().build(SPACE), **{"generations": 3, **settings})
        assert str(caught.value) == message


def test_spaces_are_refused_with_the_messages_that_are_shown(page: Callable[..., Any]) -> None:
    cases = refusals(page(PAGE).rows("Search spaces that are refused"))
    assert len(cases) == 3
    for space, message in cases:
        with pytest.raises(ConfigurationError) as caught:
            PBT(SpaceBuilder().build(space), population_size=8, generations=3)
        assert str(caught.value) == message


def test_the_default_strategies_are_those_that_are_written_out(page: Callable[..., Any]) -> None:
    rows = page("decisions/0007-default-strategy.md").rows("The decision")
    checked = 0
    for sizes, minimum, ratio in rows:
        for size in re.findall(r"\d+", sizes):
            algorithm = PBT(SpaceBuilder().build(SPACE), population_size=int(size), generations=3)
            assert algorithm.exploit == {
                "of_type": "TruncateExploit",
                "min_forking_population": int(minimum),
                "truncation_quantile": 0.75,
                "candidate_pool_ratio": float(ratio),
            }
            checked += 1
    assert checked == 7
    written = page(PAGE).text.split("## The default strategies")[1]
    explore = yaml.safe_load(re.search(r"explore:\n(?:  .*\n)+", written).group())["explore"]
    assert PBT(SpaceBuilder().build(SPACE), generations=3, explore=explore).explore == (
        algorithm.explore
    )


def test_the_short_and_the_long_spelling_mean_the_same(page: Callable[..., Any]) -> None:
    guide = page("howto/from-orions-pbt.md")
    algorithms = []
    for name in ("orions-configuration", "short-configuration"):
        config = yaml.safe_load(guide.block("name", name))["experiment"]["algorithm"]["pbt"]
        algorithms.append(PBT(SpaceBuilder().build(SPACE), **config).configuration)
    assert algorithms[0] == algorithms[1]
    long = yaml.safe_load(guide.block("name", "orions-configuration"))
    assert algorithms[0] == long["experiment"]["algorithm"]


def test_each_environment_variable_is_documented(page: Callable[..., Any]) -> None:
    sources = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py")]
    read = {name for text in sources for name in re.findall(r"\bORION_[A-Z_]*[A-Z]\b", text)}
    told = set(re.findall(r"`(ORION_[A-Z_]+)`", page("reference/environment.md").text))
    assert read <= told
    assert {name for name in told if name.startswith("ORION_PBT_")} <= read
