"""The classes of Oríon that states of its algorithms hold, as plain data."""

from __future__ import annotations

from typing import Any

from orion.algo.hyperband.hyperband import BudgetTuple
from orion.core.worker.trial import Trial

from orion_pbt.storage import codec


def encode_trial(trial: Trial) -> dict[str, Any]:
    """Return a trial as encoded data, without its id, which follows from the rest."""
    record = trial.to_dict()
    del record["id"]
    return {name: codec.encode(value) for name, value in record.items()}


def decode_trial(content: dict[str, Any]) -> Trial:
    """Return the trial of which `encode_trial` made this."""
    return Trial(**{name: codec.decode(value) for name, value in content.items()})


def register() -> None:
    """Let the codec write and read them."""
    codec.register(Trial, "$trial", encode_trial, decode_trial)
    codec.register(
        BudgetTuple,
        "$budget",
        lambda budget: [codec.encode(part) for part in budget],
        lambda content: BudgetTuple(*map(codec.decode, content)),
    )
