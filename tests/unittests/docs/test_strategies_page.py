"""The reference has every strategy, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml

from orion_pbt import settings
from orion_pbt.engine import Engine
from orion_pbt.exploit import EXPLOITS, UserExploit
from orion_pbt.explore import EXPLORES, UserExplore
from orion_pbt.space import Categorical, Integer, Real, Space

SPACE = Space(
    [
        Real("/lr", low=1e-5, high=1, log=True),
        Real("/momentum", low=0, high=1),
        Integer("/batch", low=1, high=64),
        Categorical("/optimizer", choices=("sgd", "adam")),
    ]
)


def run(exploit: Any, explore: Any) -> Engine:
    """Run a small population to its end, after the checks that an experiment begins with."""
    explore.check(SPACE)
    engine = Engine(SPACE, 4, 4, exploit, explore)
    while not engine.is_done:
        for member in engine.ask(4):
            engine.tell(member.key, member.params["/lr"])
    return engine


@pytest.mark.parametrize("strategy", [*EXPLOITS.values(), *EXPLORES.values()])
def test_each_strategy_is_described(page: Callable[..., Any], strategy: type) -> None:
    assert f".. autoclass:: {strategy.__name__}\n" in page("reference/strategies.md").text


def test_the_functions_that_are_shown_work(
    page: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "my_strategies"
    text = page("reference/strategies.md").file(f"{name}.py")
    (tmp_path / f"{name}_of_the_docs.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    engine = run(UserExploit(f"{name}_of_the_docs:when"), UserExplore(f"{name}_of_the_docs:how"))
    forks = [member for member in engine.lineages if member.base]
    assert forks
    for fork in forks:
        assert fork.parent is not None
        ratio = fork.params["/lr"] / engine.lineages[fork.parent].params["/lr"]
        assert ratio in (0.5, 2.0) or fork.params["/lr"] == 1.0


def test_the_configurations_that_are_shown_work(page: Callable[..., Any]) -> None:
    text = page("reference/settings.md").text.split("## Strategies to explore")[1]
    examples = re.findall(r"```yaml\n(explore:\n.*?)```", text.split("\n## ")[0], re.S)
    assert len(examples) >= 2
    for example in examples:
        explore = settings.build("explore", EXPLORES, yaml.safe_load(example)["explore"])
        run(
            settings.build("exploit", EXPLOITS, {"tournament": {"min_forking_population": 2}}),
            explore,
        )
