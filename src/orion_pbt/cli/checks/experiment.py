"""How an experiment that has begun is: its trials, its lock, its checkpoints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from orion_pbt.checkpoints.outlook import Outlook, needed
from orion_pbt.cli.activity import read_activity
from orion_pbt.cli.checks.base import Check, ok, problem, warning
from orion_pbt.cli.weights import find_weights, kept_elsewhere
from orion_pbt.console.text import format_duration, short_id
from orion_pbt.engine import Engine
from orion_pbt.population import Status
from orion_pbt.upstream.counted_trials import count

STATUSES = ("new", "reserved", "interrupted", "suspended", "completed", "broken")


def check_experiment(client: Any, engine: Engine | None) -> Iterator[Check]:
    """Check an experiment.

    Parameters
    ----------
    client: orion.client.experiment.ExperimentClient
        The experiment, read only.
    engine:
        What decides in it, up to date; None if its algorithm is not ours.
    """
    numbers = count(client.storage, client.id, STATUSES)
    told = ", ".join(f"{number} {status}" for status, number in numbers.items() if number)
    done = "; it is done" if client.is_done else ""
    yield ok("trials", f"{told or 'none yet'}{done}")
    yield _broken(client, numbers["broken"])
    yield _running(client, numbers)
    yield _lock(client)
    if engine is None:
        yield warning(
            "algorithm",
            f"{next(iter(client.configuration['algorithm']), '?')}, which is not a population's",
            "Choose another experiment (--name, --version), if you meant one of 'pbt'.",
        )
        return
    yield _given_up(engine)
    yield _checkpoints(client, engine)


def _broken(client: Any, number: int) -> Check:
    most = client.max_broken
    if number >= most and not client.is_done:
        return problem(
            "broken trials",
            f"{number}, and workers stop at {most}",
            "Look at the scripts' errors, then go on with a larger max_broken "
            "(ORION_EXP_MAX_BROKEN).",
        )
    if number:
        return warning(
            "broken trials", f"{number}; workers stop at {most}", "Look at the scripts' errors."
        )
    return ok("broken trials", "none")


def _running(client: Any, numbers: Counter[str]) -> Check:
    lost = client.storage.fetch_lost_trials(client)
    if lost:
        names = ", ".join(short_id(trial.id) for trial in lost[:5])
        return warning(
            "running trials",
            f"{len(lost)} of {numbers['reserved']} without a sign of life for long: {names}",
            "Their workers are gone. Start a worker: it takes them over.",
        )
    if numbers["reserved"] or client.is_done:
        return ok("running trials", str(numbers["reserved"]))
    return ok("running trials", "none: no worker is at work")


def _lock(client: Any) -> Check:
    activity = read_activity(client)
    if activity.lock is not None:
        owner, expires = activity.lock
        return ok(
            "lock of the algorithm",
            f"held by {owner}; if that is dead, free in {format_duration(expires - activity.now)}",
        )
    info = client.storage.get_algorithm_lock_info(uid=client.id)
    if info is not None and info.locked:
        return ok("lock of the algorithm", "held; if by a dead worker, it is taken over in 60 s")
    return ok("lock of the algorithm", "free")


def _given_up(engine: Engine) -> Check:
    if not engine.stopped:
        return ok("given-up members", "none")
    told = "; ".join(
        f"{why} ({times} times)" if times > 1 else why
        for why, times in Counter(engine.stopped).items()
    )
    return warning(
        "given-up members", f"{len(engine.stopped)}: {told}", "Look at the scripts' errors."
    )


def _checkpoints(client: Any, engine: Engine) -> Check:
    lineages = engine.lineages
    wanted = [
        (key, why)
        for key, why in needed(Outlook.of(engine)).items()
        if lineages[key].status is Status.COMPLETED
    ]
    missing = []
    kept = kept_elsewhere(client)
    for key, why in wanted:
        weights = find_weights(client, key, kept)
        if not weights.is_there and not weights.is_elsewhere:
            missing.append(f"{short_id(key)} ({why})")
    if missing:
        return problem(
            "needed checkpoints",
            f"{len(missing)} of {len(wanted)} are missing: {', '.join(missing[:5])}",
            "If the directory was moved, set working_dir to where it is now; else insert new "
            "starting points, or begin anew.",
        )
    return ok("needed checkpoints", f"all {len(wanted)} are there")
