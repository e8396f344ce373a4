"""MLflow: a run for each segment, nested in the run that its weights come from."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

from orion_pbt.errors import ConfigurationError
from orion_pbt.tracking.base import Tracker, load, tags_of
from orion_pbt.tracking.rows import SCORE, Row
from orion_pbt.tracking.segments import Segment

EXTRA = "mlflow"
PREFIX = "orion_pbt."
"""Starts the names of our tags."""
MOST_METRICS, MOST_PARAMS, LONGEST_PARAM = 1000, 100, 500
"""What MLflow takes at a time."""


class MLflowTracker(Tracker):
    """Logs to a tracking server, a database or a directory of MLflow.

    Parameters
    ----------
    uri:
        The tracking URI; MLflow's own default (``MLFLOW_TRACKING_URI``) if None.
    title:
        Name and version of the experiment, the name of MLflow's experiment.

    Raises
    ------
    ConfigurationError
        If MLflow is not installed, or cannot log to there.
    """

    def __init__(self, uri: str | None, title: str) -> None:
        super().__init__()
        self._entities = load("mlflow.entities", EXTRA)
        module, errors = load("mlflow.tracking", EXTRA), load("mlflow.exceptions", EXTRA)
        try:
            self._client = module.MlflowClient(tracking_uri=uri)
            found = self._client.get_experiment_by_name(title)
            self._experiment = (
                self._client.create_experiment(title) if found is None else found.experiment_id
            )
        except ImportError as error:
            raise ConfigurationError(
                f"MLflow cannot log to {uri!r}: {error}. Only its client is installed, which logs "
                "to a server. For a database: pip install mlflow"
            ) from error
        except errors.MlflowException as error:
            raise ConfigurationError(f"MLflow cannot log to {uri!r}: {error}") from error
        self._runs: dict[str, str | None] = {}

    def _find_last_step(self, segment: Segment) -> int | None:
        run = self._run(segment.key)
        if run is None:
            return None
        history = self._client.get_metric_history(run, SCORE)
        return max((metric.step for metric in history), default=None)

    def _write(self, segment: Segment, rows: Sequence[Row]) -> None:
        run = self._run(segment.key) or self._start(segment, rows[0])
        params = [
            self._entities.Param(_name(name), str(value)[:LONGEST_PARAM])
            for name, value in rows[0].hyperparameters.items()
        ]
        if self.last_step(segment) is None:  # a run has the hyperparameters that it began with
            for chunk in _chunks(params, MOST_PARAMS):
                self._client.log_batch(run, params=chunk)
        # The score is the last of its row, so that a row that was cut off is logged again.
        metrics = [
            self._entities.Metric(_name(name), value, _milliseconds(row), row.step)
            for row in rows
            for name, value in row.scalars.items()
        ]
        for chunk in _chunks(metrics, MOST_METRICS):
            self._client.log_batch(run, metrics=chunk)
        for name, text in rows[-1].texts.items():
            self._client.set_tag(run, _name(name), text)
        self._client.set_terminated(run, end_time=_milliseconds(rows[-1]))

    def _run(self, key: str) -> str | None:
        """Return the id of the run of a segment, None if there is none."""
        if self._runs.get(key) is None:
            found = self._client.search_runs(
                [self._experiment], f"tags.`{PREFIX}first_trial` = '{key}'", max_results=1
            )
            self._runs[key] = found[0].info.run_id if found else None
        return self._runs[key]

    def _start(self, segment: Segment, first: Row) -> str:
        tags = {f"{PREFIX}{name}": value for name, value in tags_of(segment).items()}
        parent = None if segment.parent is None else self._run(segment.parent)
        if parent is not None:
            tags["mlflow.parentRunId"] = parent
        run = self._client.create_run(
            self._experiment, start_time=_milliseconds(first), tags=tags, run_name=segment.name
        )
        self._runs[segment.key] = run.info.run_id
        return str(run.info.run_id)


def _name(name: str) -> str:
    """Return a name without what MLflow does not allow in one."""
    return re.sub(r"[^\w\-. /]", "_", name)


def _milliseconds(row: Row) -> int:
    return int(1000 * (time.time() if row.time is None else row.time))


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
