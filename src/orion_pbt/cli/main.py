"""See a population of Oríon, use what it found, and look after its files."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from orion.core.io.database import DatabaseError
from orion.core.utils.exceptions import (
    MissingResultFile,
    NoConfigurationError,
    NoNameError,
    RaceCondition,
    UnsupportedOperation,
)

import orion_pbt
from orion_pbt.cli import (
    best,
    checkpoints,
    copy,
    doctor,
    finalists,
    health,
    plot,
    replay,
    schedule,
    track,
    tree,
    watch,
    why,
)
from orion_pbt.errors import PBTError

COMMANDS = {
    "best": best,
    "checkpoints": checkpoints,
    "copy": copy,
    "doctor": doctor,
    "finalists": finalists,
    "health": health,
    "plot": plot,
    "replay": replay,
    "schedule": schedule,
    "track": track,
    "tree": tree,
    "watch": watch,
    "why": why,
}
"""Name of each command → its module, which has `add_arguments` and `run`; its docstring is the
help."""

TOLD = (
    PBTError,
    DatabaseError,
    MissingResultFile,
    NoConfigurationError,
    NoNameError,
    RaceCondition,
    UnsupportedOperation,
)
"""Errors that say themselves what to do; the others are bugs and come with a traceback."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="orion-pbt", description=_first_line(sys.modules[__name__])
    )
    parser.add_argument("--version", action="version", version=f"orion-pbt {orion_pbt.__version__}")
    parser.add_argument(
        "--verbose", action="store_true", help="say more of what is done, on the standard error"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        told = (module.__doc__ or "").strip()
        command = commands.add_parser(
            name,
            help=_first_line(module),
            description=told,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0, or 1 after an error that is told."""
    args = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if args.verbose else logging.WARNING)
    try:
        code = args.run(args)
        sys.stdout.flush()  # here, where a reader that is gone can be told from a bug
    except TOLD as error:
        print(f"orion-pbt: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Who read us has seen enough (`orion-pbt tree | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return int(code or 0)


def _first_line(module: object) -> str:
    return (module.__doc__ or "").strip().splitlines()[0]
