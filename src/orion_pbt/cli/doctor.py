"""Check the installation, the storage, the directories and, if named, an experiment and a script.

Nothing is changed. The script is given as to `orion hunt`, after two dashes:

    orion-pbt doctor --config pbt.yaml -- python train.py --lr~'loguniform(1e-5, 1)'

The exit code is 1 if there is a problem, 0 where there are warnings at most.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import orion.core
from orion.client import ExperimentClient
from orion.core.io import experiment_builder
from orion.core.utils.exceptions import NoConfigurationError

from orion_pbt.checkpoints.directory import DirectoryStore
from orion_pbt.checkpoints.trials import engine_of
from orion_pbt.cli.checks.base import OK, PROBLEM, WARNING, Check, guarded, ok
from orion_pbt.cli.checks.directory import check_directory
from orion_pbt.cli.checks.environment import check_environment
from orion_pbt.cli.checks.experiment import check_experiment
from orion_pbt.cli.checks.installation import check_installation
from orion_pbt.cli.checks.script import check_script
from orion_pbt.cli.checks.storage import ANSWERS, check_storage, is_shared
from orion_pbt.cli.experiment import Population, add_experiment_arguments
from orion_pbt.cli.output import add_format_argument, format_rows
from orion_pbt.cli.storages import to_configuration

MARKS = {OK: "ok     ", WARNING: "warning", PROBLEM: "PROBLEM"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_experiment_arguments(parser)
    add_format_argument(parser)
    parser.add_argument(
        "script",
        nargs=argparse.REMAINDER,
        metavar="-- SCRIPT …",
        help="the command line of the script, as for `orion hunt`",
    )


def run(args: argparse.Namespace) -> int:
    """Print what was found; return 1 if there is a problem."""
    words = args.script[1:] if args.script[:1] == ["--"] else args.script
    checks = list(examine(args, words))
    if args.format == "table":
        print(format_checks(checks))
    else:
        print(format_rows([asdict(check) for check in checks], args.format))
    return int(any(check.verdict == PROBLEM for check in checks))


def examine(args: argparse.Namespace, words: Sequence[str] = ()) -> Iterator[Check]:
    """Yield what was found, of one topic after the other."""
    yield from guarded("installation", check_installation)
    yield from guarded("environment", check_environment)
    yield from guarded("storage", partial(_stored, args))
    if words:
        yield from guarded("script", partial(check_script, words))


def format_checks(checks: Sequence[Check]) -> str:
    """Return checks for a person: a line each, with what to do below it."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{MARKS[check.verdict]}  {check.name:<{width}}  {check.found}")
        if check.remedy:
            lines.append(f"{'':<{len(MARKS[OK]) + width + 2}}  → {check.remedy}")
    numbers = Counter(check.verdict for check in checks)
    lines.append(f"{numbers[OK]} ok, {numbers[WARNING]} warnings, {numbers[PROBLEM]} problems")
    return "\n".join(lines)


def _stored(args: argparse.Namespace) -> Iterator[Check]:
    """Check the storage, the experiment in it, and the directory of that."""
    config = experiment_builder.get_cmd_config(vars(args).copy())
    if args.storage:
        config["storage"] = to_configuration(args.storage)
    found = list(guarded("storage", partial(check_storage, config["storage"])))
    yield from found
    client = None
    if config.get("name") and any(check.name == ANSWERS for check in found):
        client = _load(config)
        yield from guarded("experiment", partial(_begun, config, client))
    directory = config.get("working_dir") or orion.core.config.experiment.working_dir
    if client is not None:
        directory = client.working_dir
    yield from check_directory(
        directory, _bytes_needed(client), is_shared=is_shared(config["storage"])
    )


def _load(config: dict[str, Any]) -> ExperimentClient | None:
    builder = experiment_builder.ExperimentBuilder(config["storage"])
    try:
        experiment = builder.load(config["name"], config.get("version"), mode="r")
    except NoConfigurationError:
        return None
    return ExperimentClient(experiment, None)


def _begun(config: dict[str, Any], client: ExperimentClient | None) -> Iterator[Check]:
    if client is None:
        yield ok("experiment", f"{config['name']} is not there; the first run makes it")
        return
    yield ok("experiment", f"{client.name}-v{client.version}")
    engine = engine_of(client)
    if engine is not None:
        Population(client, engine, client.algorithm.unwrapped.schedule).refresh()
    yield from check_experiment(client, engine)


def _bytes_needed(client: ExperimentClient | None) -> int:
    """Return what the checkpoints of a population may take, by the largest there is."""
    engine = None if client is None else engine_of(client)
    if client is None or engine is None or not client.working_dir or engine.is_done:
        return 0
    records = DirectoryStore(Path(client.working_dir)).records
    found = (records[member.key] for member in engine.lineages.elites())
    sizes = [record.bytes for record in found if record is not None]
    return max(sizes, default=0) * engine.population_size
