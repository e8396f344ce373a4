"""Watch a population while it is trained, from any machine that reaches its storage.

On a terminal the view is redrawn in place; elsewhere a line is printed when something changed. It
ends when the experiment is done; press Ctrl-C to leave earlier.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import asdict
from time import sleep
from typing import Any, Protocol, TextIO

from orion.core.io.database import DatabaseError

from orion_pbt.cli.experiment import add_experiment_arguments, open_population
from orion_pbt.cli.looking import Lookout
from orion_pbt.cli.output import FORMATS, format_json
from orion_pbt.console.overview import Overview, format_line, format_overview
from orion_pbt.console.screen import Screen
from orion_pbt.errors import StorageError, bad_setting

ALL = 10**6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    parser.add_argument(
        "-f",
        "--format",
        choices=FORMATS,
        default="table",
        help="json, csv: an object, or a row, each time that something changed (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--interval",
        type=float,
        default=2.0,
        metavar="SECONDS",
        help="seconds from one look to the next (default: %(default)s)",
    )
    parser.add_argument("--once", action="store_true", help="look once and end")


def run(args: argparse.Namespace) -> None:
    """Show the population until it is done."""
    if not 0 < args.interval < math.inf:
        raise bad_setting("--interval", args.interval, "it is seconds, above 0", "Use e.g. 2.")
    population = open_population(args)
    lookout = Lookout(population)
    overview = lookout.look()
    view = choose_view(args.format, once=args.once, stream=sys.stdout)
    view.show(overview)
    while not (args.once or overview.is_done):
        sleep(args.interval)
        try:
            population.refresh()
            overview = lookout.look()
        except (StorageError, DatabaseError) as error:
            view.tell(f"The storage cannot be read; it is tried again. {error}")
        else:
            view.show(overview)


class View(Protocol):
    """Shows what there is to see, again and again."""

    def show(self, overview: Overview) -> None:
        """Show what there is to see now."""

    def tell(self, trouble: str) -> None:
        """Say why nothing new can be shown."""


def choose_view(style: str, *, once: bool, stream: TextIO) -> View:
    """Return how an overview is shown."""
    if style == "json":
        return Changes(stream, lambda overview: format_json(to_record(overview)))
    if style == "csv":
        return Changes(stream, to_csv, "completed,total,best_id,best_generation,best_score")
    if once:
        return Changes(stream, lambda overview: "\n".join(format_overview(overview, ALL)))
    return Redrawn(Screen(stream)) if stream.isatty() else Changes(stream, format_line)


def to_record(overview: Overview) -> dict[str, Any]:
    """Return an overview as plain data."""
    best = overview.best
    record = asdict(overview)
    record["best"] = None
    if best is not None:
        params = {name.lstrip("/"): value for name, value in best.params.items()}
        record["best"] = {
            "id": best.key,
            "generation": best.generation,
            "score": best.score,
            "params": params,
        }
    return {**record, "completed": overview.completed, "total": overview.total}


def to_csv(overview: Overview) -> str:
    """Return an overview as a line of CSV."""
    best = overview.best
    told = ("", "", "") if best is None else (best.key, best.generation, best.score)
    return ",".join(map(str, (overview.completed, overview.total, *told)))


class Redrawn:
    """Draws the whole in place."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._lines: list[str] = []

    def show(self, overview: Overview) -> None:
        """See `View.show`."""
        self._lines = format_overview(overview, self._screen.size.lines)
        self._screen.draw(self._lines)

    def tell(self, trouble: str) -> None:
        """See `View.tell`."""
        self._screen.draw([trouble.partition("\n")[0], *self._lines])


class Changes:
    """Prints what changed, and nothing where only time has passed; a header first, if any."""

    def __init__(
        self, stream: TextIO, form: Callable[[Overview], str], header: str | None = None
    ) -> None:
        self._stream = stream
        if header is not None:
            self._write(header)
        self._form = form
        self._last = ""

    def show(self, overview: Overview) -> None:
        """See `View.show`."""
        line = format_line(overview)
        if line != self._last:
            self._last = line
            self._write(self._form(overview))

    def tell(self, trouble: str) -> None:
        """See `View.tell`."""
        if trouble != self._last:
            self._last = trouble
            print(trouble, file=sys.stderr)

    def _write(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()
