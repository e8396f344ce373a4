"""Reading the pages of the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Callable

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"


class Page:
    """A page in MyST Markdown.

    Parameters
    ----------
    path:
        Its place under ``docs``.
    """

    def __init__(self, path: str) -> None:
        self.text = (DOCS / path).read_text(encoding="utf-8")

    def block(self, option: str, value: str) -> str:
        """Return the content of the one code block that has an option with that value."""
        fence = r"^```\{code-block\}[^\n]*\n((?::[^\n]*\n)*)\n?(.*?)^```$"
        blocks = re.findall(fence, self.text, re.M | re.S)
        found = [text for options, text in blocks if f":{option}: {value}\n" in options]
        assert len(found) == 1, f"{len(found)} blocks have the {option} {value!r}"
        return found[0]

    def file(self, name: str) -> str:
        """Return the file that is shown under its name."""
        return self.block("caption", name)

    def session(self, name: str) -> list[tuple[str, str]]:
        """Return the commands of a console block and what each printed."""
        parts = re.split(r"^\$ ", self.block("name", name).replace("\\\n", ""), flags=re.M)[1:]
        return [(command, printed) for command, _, printed in (p.partition("\n") for p in parts)]

    def rows(self, heading: str) -> list[list[str]]:
        """Return the cells of the rows of all tables under a heading, up to the next one."""
        found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", self.text, re.M | re.S)
        assert found is not None, f"there is no heading {heading!r}"
        lines = [line for line in found.group(1).splitlines() if line.startswith("| ")]
        return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.fixture
def page() -> Callable[[str], Page]:
    return Page
