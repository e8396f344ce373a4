"""How the documentation is built: ``sphinx-build -W docs docs/_build``. Nothing is fetched."""

import configparser
import re
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT / "src"))

config = configparser.ConfigParser()
config.read(ROOT / "setup.cfg", encoding="utf-8")

project = "orion-pbt"
author = config["metadata"]["author"]
copyright = f"2026, {author}"
release = config["metadata"]["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build"]
templates_path = []

html_theme = "furo"
html_title = f"orion-pbt {release}"
html_static_path = ["_static"]
html_copy_source = False
pygments_style = "tango"
pygments_dark_style = "monokai"

myst_enable_extensions = ["colon_fence", "substitution"]
myst_heading_anchors = 3
smartquotes = False

autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# Other packages' names are not looked up: that would need the network.
nitpick_ignore_regex = [("py:.*", r"(?!orion_pbt).*")]


def _planned() -> str:
    """Return the packages that have a place among the layers and are not there yet."""
    layers = config["importlinter:contract:layers"]["layers"]
    names = re.findall(r"\w+", layers)
    there = {path.stem for path in (ROOT / "src" / "orion_pbt").iterdir()}
    missing = [f"`{name}`" for name in names if name not in there]
    return ", ".join(missing) if missing else "none"


myst_substitutions = {"planned": _planned()}

# Docstrings here say "name: type", as Oríon's do, and numpydoc reads "name : type".
_PARAMETER = re.compile(r"^\*{0,2}\w[\w, *]*:( \S.*)?$")


def _space_before_colon(app, what, name, obj, options, lines):
    section = ""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line and set(following) == {"-"}:
            section = line
        elif section == "Parameters" and _PARAMETER.match(line):
            names, _, kind = line.partition(":")
            lines[number] = f"{names} :{kind}"


def setup(app):
    """Let the docstrings be adapted before numpydoc reads them."""
    app.connect("autodoc-process-docstring", _space_before_colon, priority=100)
