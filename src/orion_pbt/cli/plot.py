"""Draw the lineage, the schedules or the population, with more choices than `orion plot` has.

The kind of file goes by the name given to --output: png, svg, pdf, html, json, or gif for a
population that moves.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Callable

import plotly.graph_objects as go

from orion_pbt.cli.experiment import add_experiment_arguments, open_experiment
from orion_pbt.errors import ConfigurationError, bad_setting
from orion_pbt.plotting.gif import write_gif
from orion_pbt.plotting.kinds import KINDS
from orion_pbt.plotting.lineage import lineage
from orion_pbt.plotting.population import population
from orion_pbt.plotting.schedule import schedule

PICTURES = ("png", "jpg", "jpeg", "webp", "svg", "pdf")
DRAWN_BY: dict[str, Callable[..., go.Figure]] = {
    "lineage": lineage,
    "population": population,
    "schedule": schedule,
}
OPTIONS = {"lineage": ("color",), "population": ("color", "x", "y", "animate"), "schedule": ()}
"""Which options go with which kind."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("kind", choices=KINDS, help="what to draw")
    add_experiment_arguments(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="the file (default: NAME-vVERSION_KIND.png)"
    )
    parser.add_argument("--color", help="a hyperparameter to colour by, or objective (the default)")
    parser.add_argument("--x", help="population: the hyperparameter across")
    parser.add_argument("--y", help="population: the hyperparameter down")
    parser.add_argument(
        "--animate",
        action="store_true",
        help="population: one generation after the other, in an html or gif file",
    )
    parser.add_argument(
        "--all-versions", action="store_true", help="show the trials of all versions that fit"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="more pixels (default: 1)")


def run(args: argparse.Namespace) -> None:
    """Draw, and print the file's name."""
    options = _options(args)
    client = open_experiment(args)
    suffix = "html" if args.animate else "png"
    path = Path(args.output or f"{client.name}-v{client.version}_{args.kind}.{suffix}")
    _check_kind(path, args.animate)
    try:
        figure = DRAWN_BY[args.kind](client, with_evc_tree=args.all_versions, **options)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    _write(figure, path, args.scale)
    print(path)


def _options(args: argparse.Namespace) -> dict[str, Any]:
    given = {
        name: getattr(args, name)
        for name in ("color", "x", "y", "animate")
        if getattr(args, name) not in (None, False)
    }
    for name in given:
        if name not in OPTIONS[args.kind]:
            raise bad_setting(
                f"--{name}", given[name], f"{args.kind} has no such option", "Leave it out."
            )
    return given


def _check_kind(path: Path, animate: bool) -> None:
    """Raise before anything is drawn that could not be written."""
    known = ("html", "gif") if animate else (*PICTURES, "html", "json")
    if path.suffix[1:].lower() not in known:
        raise bad_setting(
            "--output",
            str(path),
            f"{'what moves' if animate else 'it'} is written as {', '.join(known)}",
            "Choose one of these endings." if animate else "For a gif, add --animate.",
        )
    if not path.absolute().parent.is_dir():
        raise bad_setting("--output", str(path), "there is no such directory", "Make it first.")


def _write(figure: go.Figure, path: Path, scale: float) -> None:
    suffix = path.suffix[1:].lower()
    if suffix == "gif":
        write_gif(figure, path, scale)
    elif suffix == "html":
        figure.write_html(path)
    elif suffix == "json":
        path.write_text(figure.to_json(), encoding="utf8")
    else:
        figure.write_image(path, scale=scale)
