"""Workers that have nothing to do wait patiently for their peers.

Oríon's runner asks the storage again without a pause while it waits, and gives up with
``LazyWorkers`` after a minute, though another worker's trial, which it waits for, may take hours.
"""

from __future__ import annotations

import time
from typing import Any, Callable

import orion.client.experiment
from orion.client.runner import Runner

FIRST_PAUSE = 0.02
"""Seconds before asking again for a trial; doubled each time there is none."""
LONGEST_PAUSE = 1.0

listeners: list[Callable[[Any], None]] = []
"""Called with the runner after each round, to show progress."""


def install() -> None:
    """Let clients work with the patient runner."""
    orion.client.experiment.Runner = PatientRunner


class PatientRunner(Runner):
    """Oríon's runner, with pauses that grow while there is nothing to do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pause = FIRST_PAUSE
        self._ask_again_at = 0.0
        self._peers_at_work = False

    @property
    def is_idle(self) -> bool:
        """Whether neither this worker nor a peer, for whom it may wait, runs a trial."""
        return not self.pending_trials and not self._peers_at_work

    @property
    def is_done(self) -> bool:
        """Whether the experiment has finished; not asked during a pause."""
        return not self._is_pausing and bool(super().is_done)

    @property
    def _is_pausing(self) -> bool:
        return time.monotonic() < self._ask_again_at

    def should_sample(self) -> int:
        """Return how many trials to ask for: none during a pause."""
        return 0 if self._is_pausing else int(super().should_sample())

    def sample(self) -> list[Any]:
        """Ask for trials, after the rest of a pause if there is nothing else to do."""
        if not self.pending_trials:
            time.sleep(max(0.0, self._ask_again_at - time.monotonic()))
        return list(super().sample())

    def gather(self) -> int:
        """Gather results; own results end a pause, as they may allow new trials."""
        gathered = int(super().gather())
        if gathered:
            self._ask_again_at = 0.0
        for listener in listeners:
            listener(self)
        return gathered

    def _suggest_trials(self, count: int) -> list[Any]:
        trials: list[Any] = super()._suggest_trials(count)
        if trials:
            self._pause = FIRST_PAUSE
            self._peers_at_work = False
        else:
            self._ask_again_at = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            self._peers_at_work = bool(self.client.fetch_trials_by_status("reserved"))
        return trials
