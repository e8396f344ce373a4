"""The reference of the `orion-pbt` command names each command and each option."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from orion_pbt.cli.experiment import add_experiment_arguments
from orion_pbt.cli.main import COMMANDS

PAGES = Path(__file__).parents[3] / "docs" / "reference" / "commands"


def _options(add_arguments: object) -> set[str]:
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)  # type: ignore[operator]
    return {option for action in parser._actions for option in action.option_strings}


def test_each_command_has_a_page_and_no_other_has() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {*COMMANDS, "index"}


def test_the_options_of_all_commands_are_on_the_first_page() -> None:
    page = (PAGES / "index.md").read_text(encoding="utf8")
    assert {
        option for option in _options(add_experiment_arguments) if f"`{option}" not in page
    } == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_is_on_the_page_of_its_command(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf8")
    own = _options(COMMANDS[name].add_arguments) - _options(add_experiment_arguments)
    assert {option for option in own if f"`{option}" not in page} == set()
