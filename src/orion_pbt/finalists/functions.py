"""Evaluation by the function that `workon` trained."""

from __future__ import annotations

import os
from typing import Any, Callable

from orion.core.utils.flatten import unflatten

from orion_pbt._workon import MemberFunction
from orion_pbt.finalists.evaluation import REPETITION, Evaluate, evaluate_finalists
from orion_pbt.finalists.standings import Standings
from orion_pbt.population import is_rankable, rank
from orion_pbt.settings.checks import check_whole


def with_function(function: Callable[..., Any], mode: str = "min", **constants: Any) -> Evaluate:
    """Return what evaluates a trial with a function, called as `orion_pbt.workon` calls it."""
    member_function = MemberFunction(function, mode)

    def evaluate(trial: Any, number: int) -> list[dict[str, Any]]:
        os.environ[REPETITION] = str(number)
        try:
            results: list[dict[str, Any]] = member_function(
                **unflatten(trial.params), **member_function.trial_argument(trial), **constants
            )
            return results
        finally:
            os.environ.pop(REPETITION, None)

    return evaluate


def finalists(
    function: Callable[..., Any],
    client: Any,
    k: int = 5,
    n: int = 5,
    *,
    mode: str = "min",
    **constants: Any,
) -> Standings:
    """Evaluate the best members of a population again, without training them further.

    Parameters
    ----------
    function, mode, constants:
        As for `orion_pbt.workon`. The function finds weights that are trained as far as it is
        asked to train, and only has to evaluate them.
    client: orion.client.experiment.ExperimentClient
        What `orion_pbt.workon` returned.
    k:
        How many members of the last generation are evaluated.
    n:
        How often each.

    Returns
    -------
    Standings
        The finalists by their mean, and how much of their scores was luck.

    Raises
    ------
    ConfigurationError
        If `k` or `n` is below 1.
    """
    check_whole("k", k, 1, "Use e.g. 3.", "it is a number of members")
    engine = client.algorithm.unwrapped.engine
    completed = engine.lineages.completed_at(engine.generations)
    best = sorted(filter(is_rankable, completed), key=rank)[:k]
    return evaluate_finalists(client, best, n, with_function(function, mode, **constants))
