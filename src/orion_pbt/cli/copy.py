"""Copy an experiment to another storage: all versions, trials, and the algorithm's states.

The storages may be of any kind: SQLite, PostgreSQL, MongoDB or Oríon's PickledDB. The trials'
files stay where they are, in the experiment's working directory.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from orion.storage.base import setup_storage

from orion_pbt.cli.experiment import add_experiment_arguments, read_configuration
from orion_pbt.cli.output import add_format_argument, format_rows
from orion_pbt.cli.storages import to_configuration
from orion_pbt.storage.copying import (
    copy_experiment,
    family,
    finish_removals,
    remove_experiment,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser)
    parser.add_argument(
        "--to", required=True, metavar="URL", help="the storage to copy to, written as --storage is"
    )
    parser.add_argument(
        "--move",
        action="store_true",
        help="remove the experiment from the first storage after that",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="copy it although workers are at it; their trials are interrupted in the copy",
    )


def run(args: argparse.Namespace) -> None:
    """Copy, and print what was copied."""
    config = read_configuration(args)
    name, source = config["name"], setup_storage(config["storage"])
    if args.move and name in finish_removals(source):
        tell(f"{name}: copied before, and removed now")
        if not family(source, name):
            return
    target = setup_storage(to_configuration(args.to))
    copies = copy_experiment(source, target, name, force=args.force, progress=tell)
    if args.move:  # at once, while it is what was compared
        remove_experiment(source, name)
    print(format_rows([asdict(copy) for copy in copies], args.format))


def tell(line: str) -> None:
    """Print what was done, apart from the result."""
    print(line, file=sys.stderr)
