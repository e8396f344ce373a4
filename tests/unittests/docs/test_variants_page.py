"""The pages about the variants say what the code does."""

from __future__ import annotations

import re
from typing import Any, Callable

import pytest
import yaml
from orion.core.io.space_builder import SpaceBuilder

from orion_pbt import algorithms, settings
from orion_pbt.algorithms.defaults import default_explore, default_frequencies
from orion_pbt.exploit import EXPLOITS, MFExploit
from orion_pbt.explore import EXPLORES

SPACE = {"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 11)"}
VARIANTS = {
    cls.__name__.lower(): cls
    for cls in vars(algorithms).values()
    if isinstance(cls, type) and issubclass(cls, algorithms.PBT) and cls is not algorithms.PBT
}


def test_each_variant_has_a_row_with_its_strategies(page: Callable[..., Any]) -> None:
    rows = page("reference/settings.md").rows("The variants")
    assert sorted(name.strip("`") for name, *_ in rows if name[0] == "`") == sorted(VARIANTS)
    for name, exploit, explore in rows:
        if name[0] != "`":
            continue
        algorithm = VARIANTS[name.strip("`")](SpaceBuilder().build(SPACE), population_size=8)
        told = re.findall(r"`([^`]+)`", exploit)
        expected = settings.build("exploit", EXPLOITS, told[0] if told else "truncate")
        assert algorithm.exploit["of_type"] == type(expected).__name__
        told = re.findall(r"`([^`]+)`", explore)
        operator = settings.build("explore", EXPLORES, told[0]) if told else default_explore()
        assert algorithm.explore == settings.describe(operator)


@pytest.mark.parametrize("name", ["reference/settings.md", "explanation/variants.md"])
def test_frequencies_that_are_shown_are_those_that_are_chosen(
    page: Callable[..., Any], name: str
) -> None:
    text = page(name).text
    found = re.findall(r"`(\[[\d, ]+\])` for (\d+) members and (\d+)", text)
    assert found
    for frequencies, members, generations in found:
        chosen = default_frequencies(int(members), int(generations))
        assert list(chosen) == yaml.safe_load(frequencies)
        MFExploit(chosen).check(int(members))


def test_configurations_that_are_shown_can_be_used(page: Callable[..., Any]) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", page("explanation/variants.md").text, re.S)
    assert blocks
    for block in blocks:
        ((name, options),) = yaml.safe_load(block)["experiment"]["algorithm"].items()
        cls = {**VARIANTS, "pbt": algorithms.PBT}[name]
        assert cls(SpaceBuilder().build(SPACE), **options).configuration
