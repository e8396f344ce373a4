"""Evaluation by the script that `orion hunt` ran."""

from __future__ import annotations

from typing import Any

from orion.core.worker.consumer import Consumer

from orion_pbt.algorithms import keeper
from orion_pbt.errors import ReportError, bad_setting
from orion_pbt.finalists.evaluation import REPETITION, Evaluate
from orion_pbt.upstream.script_errors import ScriptError
from orion_pbt.upstream.trial_directories import ScriptWithDirectories


def with_script(client: Any) -> Evaluate:
    """Return what evaluates a trial with the script of its experiment.

    It is started as it was in the hunt, with the same arguments, in the directory where this
    process is. It finds weights that are trained as far as it is asked to train.

    Raises
    ------
    ConfigurationError
        If the experiment is of a Python function. What is returned raises a `ReportError` where
        the script fails.
    """
    if not client.metadata.get("user_args"):
        raise bad_setting(
            "The experiment",
            client.name,
            "it trained a Python function and has no script to start",
            "Use orion_pbt.finalists.finalists(function, client).",
        )

    def evaluate(trial: Any, number: int) -> list[dict[str, Any]]:
        script = ScriptWithDirectories(Consumer(client), _Numbering(number))
        try:
            results: list[dict[str, Any]] = script(trial)
        except ScriptError as error:
            raise ReportError(
                f"{error}\nIt was asked to evaluate only: it finds a checkpoint that is trained "
                "as far as it is asked to train. It has to take that, and be started where the "
                "hunt was."
            ) from error
        return results

    return evaluate


class _Numbering:
    """The keeper of directories, which says also which evaluation it is."""

    def __init__(self, number: int) -> None:
        self._number = number

    def environment(self, trial: Any) -> dict[str, str]:
        return {**keeper.environment(trial), REPETITION: str(self._number)}
