"""Evaluating checkpoints again: a copy of each, in a place of its own, trained no further."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable

from orion_pbt.checkpoints import CheckpointStore, DirectoryStore, Settings
from orion_pbt.checkpoints.stores import open_store
from orion_pbt.errors import CheckpointError, ReportError, bad_setting
from orion_pbt.finalists.standings import Finalist, Standings
from orion_pbt.population import Member
from orion_pbt.report import REPORTED_PREFIX

Evaluate = Callable[[Any, int], list[dict[str, Any]]]
"""(Oríon's trial with a directory that has its checkpoint, number of the repetition) → results."""

REPETITION = "ORION_PBT_REPETITION"
"""Environment variable that numbers the evaluations of one checkpoint, from 1."""


def evaluate_finalists(
    client: Any,
    members: Sequence[Member],
    repetitions: int,
    evaluate: Evaluate,
    n_workers: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> Standings:
    """Evaluate members again, each several times, and return how they stand.

    Parameters
    ----------
    client: orion.client.experiment.ExperimentClient
        Their experiment.
    members:
        Completed members whose checkpoints are there, the best first.
    repetitions:
        Evaluations of each.
    evaluate:
        Evaluates a trial once.
    n_workers:
        Evaluations at a time.
    progress:
        Is told of each evaluation that is done.

    Raises
    ------
    ConfigurationError
        If `repetitions` or `n_workers` is below 1.
    CheckpointError
        If a checkpoint is not there.
    ReportError
        If an evaluation gives no objective.
    """
    for name, value in (("repetitions", repetitions), ("n_workers", n_workers)):
        if value < 1:
            raise bad_setting(name, value, "it must be at least 1", "Use e.g. 5.")
    stores = {member.key: _store_of(client, member.key) for member in members}
    jobs = [(member, number) for member in members for number in range(1, repetitions + 1)]

    def run(job: tuple[Member, int]) -> tuple[float, bool]:
        member, number = job
        score = _evaluate_once(client, member.key, number, stores[member.key], evaluate)
        progress(f"{member.key[:7]}, evaluation {number} of {repetitions}: {score[0]:.4g}")
        return score

    with ThreadPoolExecutor(n_workers) as pool:
        scores = list(pool.map(run, jobs))
    found = [
        Finalist(
            member.key,
            float(member.score if member.score is not None else "nan"),
            tuple(score for (other, _), (score, _) in zip(jobs, scores) if other.key == member.key),
        )
        for member in members
    ]
    return Standings(tuple(found), any(is_maximised for _, is_maximised in scores))


def _store_of(client: Any, key: str) -> CheckpointStore:
    """Return where the checkpoint of a trial is."""
    trial = client.get_trial(uid=key)
    for place in (trial.exp_working_dir, client.working_dir):
        if place and (Path(place) / key).is_dir():
            return DirectoryStore(Path(place))
    url = Settings.from_environment().store
    if url is not None:
        store = open_store(url, client.name)
        if key in store.keys():  # noqa: SIM118 (no mapping)
            return store
    raise CheckpointError(
        f"The checkpoint of trial {key} is not there any more, so it cannot be evaluated again. By "
        "default the ends of all lines are kept; ORION_PBT_CHECKPOINTS_BEST keeps more."
    )


def _evaluate_once(
    client: Any, key: str, number: int, store: CheckpointStore, evaluate: Evaluate
) -> tuple[float, bool]:
    """Return the score of one evaluation, and whether larger is better."""
    trial = copy.deepcopy(client.get_trial(uid=key))
    with tempfile.TemporaryDirectory(prefix="orion-pbt-finalist-") as place:
        trial.exp_working_dir = place
        directory = Path(trial.working_dir)
        directory.mkdir()
        store.get(key, directory)
        results = evaluate(trial, number)
    for result in results:
        if result["type"] == "statistic" and result["name"].startswith(REPORTED_PREFIX):
            return float(result["value"]), True
    for result in results:
        if result["type"] == "objective":
            return float(result["value"]), False
    raise ReportError(f"The evaluation of trial {key} gave no objective, but {results!r}.")
