"""List the checkpoints that are there, say why each is kept, and remove what nothing needs.

Workers do that by themselves as a run goes on. This is to see what they do, and to clean up with
other settings than theirs, such as less than was kept for its interest.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from orion_pbt.checkpoints import (
    CheckpointStore,
    DirectoryStore,
    Entry,
    Outlook,
    Settings,
    collect,
    inventory,
)
from orion_pbt.checkpoints.settings import to_bytes
from orion_pbt.checkpoints.stores import open_store
from orion_pbt.cli.experiment import Population, add_experiment_arguments, open_population
from orion_pbt.cli.output import Row, add_format_argument, format_rows
from orion_pbt.console.text import format_bytes, short_id
from orion_pbt.errors import CheckpointError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser)
    parser.add_argument(
        "--collect",
        action="store_true",
        help="remove what goes, after showing it and asking; without a terminal nothing is removed "
        "unless --yes is given",
    )
    parser.add_argument("--yes", action="store_true", help="remove without asking")
    parser.add_argument(
        "--best", type=int, metavar="N", help="keep the N best (default: as the environment says)"
    )
    parser.add_argument(
        "--each-generation",
        action="store_true",
        default=None,
        help="keep the best of each generation",
    )
    parser.add_argument(
        "--quota",
        metavar="SIZE",
        help="let go of what is kept for its interest only, until all is below, e.g. 500GB",
    )
    parser.add_argument(
        "--working-dir",
        metavar="DIRECTORY",
        help="where the experiment's directory is now, if it was moved",
    )


def run(args: argparse.Namespace) -> int:
    """List, and collect if asked to; fails if something was to be removed and was not."""
    population = open_population(args)
    settings = _settings(args)
    stores = _stores(population, settings, args.working_dir)
    outlook = Outlook.of(population.engine)
    entries = [entry for store in stores for entry in inventory(store, outlook, settings.policy)]
    print(format_rows([_row(entry, args.format) for entry in entries], args.format))
    going = [entry for entry in entries if not entry.stays]
    if args.format == "table":
        print(_sum(entries, going))
    if not args.collect or not going:
        return 0
    if not args.yes and not _agrees(going):
        print("Nothing was removed. Give --yes to remove without being asked.", file=sys.stderr)
        return 1
    return _collect(stores, outlook, settings, len(going))


def _settings(args: argparse.Namespace) -> Settings:
    settings = Settings.from_environment()
    if args.best is not None:
        settings = replace(settings, best=args.best)
    if args.each_generation is not None:
        settings = replace(settings, each_generation=args.each_generation)
    if args.quota is not None:
        settings = replace(settings, quota=to_bytes("--quota", args.quota))
    return settings


def _stores(
    population: Population, settings: Settings, working_dir: str | None
) -> list[CheckpointStore]:
    client = population.client
    place = working_dir or client.working_dir
    stores: list[CheckpointStore] = []
    if settings.store:
        stores.append(open_store(settings.store, client.name))
    if place and Path(place).is_dir():
        stores.insert(0, DirectoryStore(Path(place)))
    if not stores:
        raise CheckpointError(
            f"The working directory of {population.title}, {place or '(none)'!r}, is not there. If "
            "it was moved, say where it is: --working-dir DIRECTORY. Without a working_dir, "
            "checkpoints go when the run that made them ends."
        )
    return stores


def _row(entry: Entry, style: str) -> Row:
    if style != "table":
        return {**vars(entry), "ways": entry.ways or None}
    return {
        "trial": short_id(entry.key),
        "generation": entry.generation,
        "status": entry.status,
        "score": entry.score,
        "size": format_bytes(entry.size),
        "": "stays" if entry.stays else "goes",
        "because": entry.reason,
    }


def _sum(entries: Sequence[Entry], going: Sequence[Entry]) -> str:
    total, freed = (sum(entry.size for entry in part) for part in (entries, going))
    return (
        f"{len(entries)} checkpoints, {format_bytes(total)}; "
        f"{len(going)} of them, {format_bytes(freed)}, can go"
    )


def _agrees(going: Sequence[Entry]) -> bool:
    if not sys.stdin.isatty():
        return False
    answer = input(f"Remove the {len(going)} that go? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _collect(
    stores: Sequence[CheckpointStore], outlook: Outlook, settings: Settings, expected: int
) -> int:
    done = [collect(store, outlook, settings.policy, measure=True) for store in stores]
    removed = sum(len(collection.removed) for collection in done)
    freed = sum(collection.freed for collection in done)
    print(f"removed {removed} checkpoints, {format_bytes(freed)}", file=sys.stderr)
    if removed < expected:
        print("The others are being copied, or could not be removed.", file=sys.stderr)
    return int(removed < expected)
