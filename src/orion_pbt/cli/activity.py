"""Who is at work on an experiment, in any storage."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from orion_pbt.storage.activity import Activity, Holder


def read_activity(client: Any) -> Activity:
    """Return what goes on in an experiment.

    Our own storage tells more than the others do: who holds a trial, and when the last trials were
    completed.
    """
    storage = client.storage
    if hasattr(storage, "fetch_activity"):
        found: Activity = storage.fetch_activity(client.id)
        return found
    trials = client.fetch_trials_by_status("reserved")
    holders = tuple(
        Holder(trial.id, None, _seconds(trial.start_time), _seconds(trial.heartbeat))
        for trial in trials
    )
    return Activity(datetime.now(timezone.utc).timestamp(), holders)


def _seconds(date: datetime | None) -> float | None:
    """Return a date of Oríon's, which is UTC without saying so, as seconds since 1970."""
    return None if date is None else date.replace(tzinfo=timezone.utc).timestamp()
