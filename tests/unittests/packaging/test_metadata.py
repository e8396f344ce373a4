"""What ``setup.cfg`` declares."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from orion_pbt import algorithms

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def requirement_lines() -> list[str]:
    """Read the list of requirements with its comments."""
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    block = text.split("install_requires =\n", 1)[1].split("\n[", 1)[0]
    return [line.strip() for line in block.splitlines() if line.strip()]


def test_every_requirement_follows_its_reason(requirement_lines: list[str]) -> None:
    bare = [
        line
        for before, line in zip(["", *requirement_lines], requirement_lines)
        if not line.startswith("#") and not before.startswith("#")
    ]
    assert bare == []


def test_orion_is_pinned(requirement_lines: list[str]) -> None:
    assert "orion==0.2.7" in requirement_lines


def test_each_algorithm_has_an_entry_point_under_its_name() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["options.entry_points"]["BaseAlgorithm"].strip().splitlines()
    entries = dict(line.split(" = ") for line in lines)
    assert {"pbt", "pb2", "pb2mix", "mfpbt", "ipbt", "firepbt"} <= set(entries)
    for name, path in entries.items():
        module, _, found = path.partition(":")
        assert module == "orion_pbt.algorithms"
        assert issubclass(getattr(algorithms, found), algorithms.PopulationAlgorithm)
        assert found.lower() == name  # Oríon goes by the name of the class


def test_no_layer_from_the_engine_down_may_import_orion() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    pure = config["importlinter:contract:pure"]["source_modules"].split()
    layers = config["importlinter:contract:layers"]["layers"].strip().splitlines()
    inner = [name for layer in layers[layers.index("engine") :] for name in layer.split(" | ")]
    assert [f"orion_pbt.{name}" for name in inner] == pure
