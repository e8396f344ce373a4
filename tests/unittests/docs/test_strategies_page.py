"""The reference has every strategy, and its examples work."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any, Callable

import numpy
import pytest
import yaml
from orion.core.io.space_builder import SpaceBuilder

from orion_pbt import settings, workon
from orion_pbt.algorithms import PBT
from orion_pbt.engine import Engine
from orion_pbt.errors import ConfigurationError
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


def test_the_weights_that_are_shown_are_shrunk_once_at_each_restart(
    page: Callable[..., Any], tmp_path: Path
) -> None:
    text = page("reference/strategies.md").file("iterated.py")
    (tmp_path / "iterated.py").write_text(text, encoding="utf-8")
    found = importlib.util.spec_from_file_location("iterated", tmp_path / "iterated.py")
    assert found is not None
    assert found.loader is not None
    iterated = importlib.util.module_from_spec(found)
    found.loader.exec_module(iterated)

    def settling(lr: float, epochs: int) -> float:
        return round(iterated.train(lr, epochs), 1)  # it stops falling in a few generations

    client = workon(
        settling,
        space={"lr": "uniform(0.2, 0.5)", "epochs": "fidelity(1, 12)"},
        algorithms={
            "ipbt": {
                "population_size": 4,
                "generations": 11,
                "exploit": {"restart": {"patience": 1}},
                "explore": "perturb",
                "seed": 1,
            }
        },
        working_dir=tmp_path / "runs",
        progress=False,
    )
    engine = client.algorithm.unwrapped.engine
    ends = engine.lineages.completed_at(11)
    assert len(ends) == 4
    for end in ends:
        with numpy.load(tmp_path / "runs" / end.key / "weights.npz") as saved:
            weights, iteration = saved["weights"], saved["iteration"]
        expected, before = iterated.new_weights(), 0
        for node in engine.lineages.node(end.key).path():
            now = engine.exploit.restarts(node.item, engine.lineages)
            if now > before:
                expected = 0.2 * expected + 0.1 * iterated.new_weights()
            expected = expected - node.item.params["lr"] * (expected - numpy.arange(5.0))
            before = now
        assert before >= 1
        assert iteration == before
        assert weights == pytest.approx(expected)


def test_contradictions_are_refused_with_the_messages_that_are_shown(
    page: Callable[..., Any],
) -> None:
    reference = page("reference/strategies.md")
    section = reference.text.split("## What is refused\n")[1].split("\n## ")[0]
    space = yaml.safe_load(re.findall(r"`(\{lr: .*\})`", section)[0])
    rows = re.findall(r"^\| `(.*?)` \| (.*) \|$", section, re.M)
    assert len(rows) == 12
    for written, message in rows:
        with pytest.raises(ConfigurationError) as caught:
            PBT(SpaceBuilder().build(space), **{"generations": 3, **yaml.safe_load(written)})
        assert str(caught.value) == message
