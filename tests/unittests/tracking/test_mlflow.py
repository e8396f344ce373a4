"""Logging to MLflow, into a real database of its, read back by MLflow."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.lineage import Lineages
from orion_pbt.schedules import FidelitySchedule
from orion_pbt.tracking import MLflowTracker, Row, Segment, export

# What MLflow and what it imports warn of is theirs.
pytestmark = pytest.mark.filterwarnings("ignore")

FIRST = Segment("a0", 1)
FORK = Segment("f2", 2, 2, "a0", "line-1-segment-1", "a1", "b1")


def row(step: int, score: float = 0.5, opt: str = "sgd") -> Row:
    return Row(
        f"trial{step}",
        step,
        {"hyperparameters/lr": 0.1 * step, "results/top 5 %": 0.25, "score": score},
        {"hyperparameters/opt": opt},
        1000.0 + step,
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URI of a database; to make its tables takes MLflow seconds."""
    pytest.importorskip("mlflow.store.tracking.sqlalchemy_store", reason="pip install mlflow")
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture
def open_tracker(database: str, request: pytest.FixtureRequest) -> Callable[[], MLflowTracker]:
    """Return what opens the tracker anew, as another process does."""
    return lambda: MLflowTracker(database, f"{request.node.name}-v1")


def runs(tracker: MLflowTracker) -> dict[str, Any]:
    found = tracker._client.search_runs([tracker._experiment])
    return {run.info.run_name: run for run in found}


def history(tracker: MLflowTracker, run: Any, name: str = "score") -> list[tuple[int, int, float]]:
    metrics = tracker._client.get_metric_history(run.info.run_id, name)
    return sorted((metric.step, metric.timestamp, metric.value) for metric in metrics)


def test_what_was_logged_is_read_back(open_tracker: Callable[[], MLflowTracker]) -> None:
    tracker = open_tracker()
    tracker.write(FIRST, [row(1), row(4)])
    tracker.write(FORK, [row(7), row(10, 0.25, "adam")])
    found = runs(tracker)
    assert sorted(found) == ["line-1-segment-1", "line-2-segment-2"]
    fork = found["line-2-segment-2"]
    assert history(tracker, fork) == [(7, 1007000, 0.5), (10, 1010000, 0.25)]
    assert [value for _, _, value in history(tracker, fork, "results/top 5 _")] == [0.25, 0.25]
    assert fork.data.params == {"lr": repr(0.1 * 7), "opt": "sgd"}
    assert fork.data.tags["hyperparameters/opt"] == "adam"
    assert fork.data.tags["mlflow.parentRunId"] == found["line-1-segment-1"].info.run_id
    ours = {name[10:]: value for name, value in fork.data.tags.items() if "orion_pbt." in name}
    assert ours == {
        "line": "2",
        "segment": "2",
        "first_trial": "f2",
        "parent_run": "line-1-segment-1",
        "copied_trial": "a1",
        "replaced_trial": "b1",
    }
    assert fork.info.status == "FINISHED"
    assert fork.info.end_time == 1010000


def test_another_process_goes_on_where_this_one_stopped(
    open_tracker: Callable[[], MLflowTracker],
) -> None:
    open_tracker().write(FIRST, [row(1), row(4)])
    tracker = open_tracker()
    assert tracker.last_step(FIRST) == 4
    assert tracker.last_step(FORK) is None
    tracker.write(FIRST, [row(7)])
    tracker.write(FORK, [row(7)])
    found = runs(open_tracker())
    assert [step for step, _, _ in history(tracker, found["line-1-segment-1"])] == [1, 4, 7]
    assert len(found) == 2


@pytest.mark.parametrize("call", range(5))
def test_whichever_call_fails_the_next_process_completes_it(
    open_tracker: Callable[[], MLflowTracker], call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = open_tracker()
    calls: list[str] = []

    def failing(name: str, own: Callable[..., Any]) -> Callable[..., Any]:
        def method(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            if len(calls) > call:
                raise OSError("the server is gone")
            return own(*args, **kwargs)

        return method

    for name in ("create_run", "log_batch", "set_tag", "set_terminated"):
        monkeypatch.setattr(tracker._client, name, failing(name, getattr(tracker._client, name)))
    with pytest.raises(OSError, match="gone"):
        tracker.write(FIRST, [row(1), row(4)])
    tracker = open_tracker()
    last = tracker.last_step(FIRST)
    rows = [row(step) for step in (1, 4, 7) if last is None or step > last]
    tracker.write(FIRST, rows)
    (run,) = runs(tracker).values()
    assert [step for step, _, _ in history(tracker, run)] == [1, 4, 7]
    assert [step for step, _, _ in history(tracker, run, "hyperparameters/lr")] == [1, 4, 7]
    assert run.data.params == {"lr": "0.1", "opt": "sgd"}


def test_what_is_too_much_for_one_call_is_logged_in_several(
    open_tracker: Callable[[], MLflowTracker],
) -> None:
    weights = {f"hyperparameters/w/{place}": float(place) for place in range(150)}
    rows = [Row("a", step, {**weights, "score": 0.5}) for step in range(1, 11)]
    tracker = open_tracker()
    tracker.write(FIRST, rows)
    (run,) = runs(tracker).values()
    assert len(run.data.params) == 150
    assert [step for step, _, _ in history(tracker, run)] == list(range(1, 11))
    assert len(history(tracker, run, "hyperparameters/w/149")) == 10


def test_a_score_that_is_no_number_is_kept(open_tracker: Callable[[], MLflowTracker]) -> None:
    tracker = open_tracker()
    tracker.write(FIRST, [row(1, math.nan), row(4, math.inf)])
    (run,) = runs(tracker).values()
    (_, _, nan), (_, _, most) = history(tracker, run)
    assert math.isnan(nan)
    assert most > 1e300  # as MLflow writes infinity into a database


def test_a_population_is_nested_as_its_weights_were_copied(
    open_tracker: Callable[[], MLflowTracker], lineages: Lineages, schedule: FidelitySchedule
) -> None:
    tracker = open_tracker()
    export(tracker, lineages, schedule, lambda keys: {})
    found = runs(tracker)
    names = {run.info.run_id: name for name, run in found.items()}
    parents = {
        name: names.get(run.data.tags.get("mlflow.parentRunId")) for name, run in found.items()
    }
    assert parents == {
        "line-1-segment-1": None,
        "line-2-segment-1": None,
        "line-3-segment-1": None,
        "line-2-segment-2": "line-1-segment-1",
        "line-3-segment-2": "line-2-segment-1",
    }


def test_a_place_that_mlflow_does_not_take_is_told(database: str) -> None:
    with pytest.raises(ConfigurationError, match="MLflow cannot log to 'gopher://there'"):
        MLflowTracker("gopher://there", "exp-v1")


def test_what_the_client_alone_cannot_do_is_told(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow.tracking

    def client(**settings: object) -> None:
        raise ImportError("No module named 'alembic'")

    monkeypatch.setattr(mlflow.tracking, "MlflowClient", client)
    with pytest.raises(ConfigurationError, match="For a database: pip install mlflow"):
        MLflowTracker(database, "exp-v1")
