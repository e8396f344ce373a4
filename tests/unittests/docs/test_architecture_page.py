"""The pictures and lists of the architecture are those of the code."""

from __future__ import annotations

import configparser
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, Callable

from orion_pbt import upstream
from orion_pbt.engine.history import History
from orion_pbt.population import Status
from orion_pbt.space import Real, Space

ROOT = Path(__file__).resolve().parents[3]
PICTURE = ROOT / "docs" / "_static" / "layers.svg"
SVG = "{http://www.w3.org/2000/svg}"


def contract(name: str, option: str) -> list[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config[f"importlinter:contract:{name}"][option].strip().splitlines()


def drawn() -> list[tuple[bool, list[str]]]:
    """Return the layers in the picture, top down: whether they are pure, and their names."""
    groups = [
        group
        for group in ElementTree.parse(PICTURE).iter(f"{SVG}g")
        if "layer" in group.get("class", "").split()
    ]
    layers = [
        (
            "pure-layer" in group.get("class", "").split(),
            [text.text or "" for text in group.iter(f"{SVG}text") if text.get("class") == "name"],
            [float(box.get("y", "")) for box in group.iter(f"{SVG}rect")],
        )
        for group in groups
    ]
    heights = [places for _, _, places in layers]
    assert all(len(set(places)) == 1 for places in heights), "a layer is one line"
    assert heights == sorted(heights), "the layers are drawn from top to bottom"
    return [(is_pure, names) for is_pure, names, _ in layers]


def test_the_picture_has_the_layers_of_the_contract() -> None:
    layers = [re.findall(r"\w+", line) for line in contract("layers", "layers")]
    assert [names for _, names in drawn()] == layers, f"{PICTURE} and setup.cfg differ"


def test_the_picture_shows_what_is_pure() -> None:
    pure = [name.rpartition(".")[2] for name in contract("pure", "source_modules")]
    assert sorted(name for is_pure, names in drawn() for name in names if is_pure) == sorted(pure)


def test_each_correction_to_orion_has_its_section(page: Callable[..., Any]) -> None:
    sections = re.findall(r"^## (\w+)$", page("reference/corrections.md").text, re.M)
    modules = [module.__name__.rpartition(".")[2] for module in upstream.CORRECTIONS]
    assert sections == sorted(modules), "write a section for it in docs/reference/corrections.md"


def test_the_log_that_is_shown_is_one(page: Callable[..., Any]) -> None:
    text = page("reference/log.md").block("name", "log-example")
    space = Space([Real("lr", low=1e-4, high=1, log=True)])
    history = History(space, population_size=2, generations=1, seed="1")
    history.restore({"schema": 1, "seed": "1", "log": text})
    fork = history.lineages["c8e7a9d4"]
    assert (fork.parent, fork.base, fork.status) == ("90bc3fd2", "6b21b9f0", Status.BROKEN)
    assert history.lineages["e41d02aa"].params == {"lr": 0.001}
    assert list(history.queue) == ["6b21b9f0"]
