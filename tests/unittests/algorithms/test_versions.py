"""A new version of an experiment goes on with the population, or says why it cannot."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment, get_experiment
from orion.client.experiment import ExperimentClient
from orion.core.io.experiment_builder import ExperimentBuilder

SPACE = {"x": "uniform(0, 1)", "epochs": "fidelity(1, 8, base=2)"}
PBT = {"seed": 1, "population_size": 4, "generations": 3}
OTHER_FACTOR = {"pbt": {**PBT, "explore": {"of_type": "perturb", "factor": 1.5}}}
ADDED = {**SPACE, "y": "uniform(0, 1, default_value=0.5)"}
TOTAL = 16


@pytest.fixture(params=["memory", "pickled", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return a storage of each kind."""
    config: dict[str, Any] = {"type": "legacy", "database": {"type": "ephemeraldb"}}
    if request.param == "pickled":
        database = {"type": "pickleddb", "host": str(tmp_path / "x.pkl")}
        config = {"type": "legacy", "database": database}
    elif request.param == "sqlite":
        config = {"type": "sql", "url": f"sqlite:///{tmp_path / 'x.db'}"}
    client = build_experiment("unrelated", space={"x": "uniform(0, 1)"}, storage=config)
    yield client.storage
    getattr(client.storage, "close", lambda: None)()


@pytest.fixture
def memory() -> Any:
    """Return a storage in memory."""
    config = {"type": "legacy", "database": {"type": "ephemeraldb"}}
    return build_experiment("unrelated", space={"x": "uniform(0, 1)"}, storage=config).storage


def build(storage: Any, tmp_path: Path, **changes: Any) -> Any:
    settings = {"algorithm": {"pbt": PBT}, "space": SPACE, "working_dir": str(tmp_path), **changes}
    branching = {"enable": True, **settings.pop("branching", {})}
    name = settings.pop("name", "exp")
    return build_experiment(name, storage=storage, branching=branching, **settings)


def run(client: Any, number: int = 1000) -> list[Any]:
    """Run up to so many trials, all that are left by default."""
    trials: list[Any] = []
    while len(trials) < number and not client.is_done:
        trial = client.suggest()
        client.observe(trial, float(trial.params["x"]))
        trials.append(trial)
    return trials


def population(client: Any) -> Any:
    """Return the algorithm of an experiment, as it is stored."""
    algorithm = client.algorithm.unwrapped
    algorithm.refresh(client)
    return algorithm


def test_it_goes_on_after_a_change_of_settings(storage: Any, tmp_path: Path) -> None:
    first = build(storage, tmp_path)
    before = {trial.id: trial for trial in run(first, 9)}
    second = build(storage, tmp_path, algorithm=OTHER_FACTOR)
    assert (second.name, second.version) == ("exp", 2)
    after = run(second)
    algorithm = population(second)
    assert len(before) + len(after) == TOTAL == len(algorithm.lineages)
    assert not algorithm.registry.strangers
    assert algorithm.engine.earlier_versions == ["exp-v1"]
    assert [len(algorithm.lineages.members_at(generation)) for generation in range(4)] == [4] * 4
    crossing = [trial for trial in after if trial.parent in before]
    assert crossing
    for trial in crossing:
        found = second.get_trial(uid=trial.parent)
        assert (found.experiment, found.status) == (first.id, "completed")
    assert {trial.experiment for trial in second.fetch_trials()} == {second.id}
    assert len(first.fetch_trials()) == 9


def test_its_awaited_trials_are_trained_in_it(storage: Any, tmp_path: Path) -> None:
    first = build(storage, tmp_path)
    run(first, 5)
    waiting = [first.suggest(), first.suggest()]
    for trial in waiting:
        first.release(trial)
    second = build(storage, tmp_path, algorithm=OTHER_FACTOR)
    taken = [second.suggest(), second.suggest()]
    assert [trial.id for trial in taken] == [trial.id for trial in waiting]
    assert [trial.parent for trial in taken] == [trial.parent for trial in waiting]
    for trial in taken:
        second.observe(trial, 0.5)
    run(second)
    algorithm = population(second)
    assert len(algorithm.lineages) == TOTAL == 5 + len(second.fetch_trials())
    assert not algorithm.registry.strangers
    assert {trial.status for trial in second.fetch_trials()} == {"completed"}


def test_a_hyperparameter_with_a_default_is_added(storage: Any, tmp_path: Path) -> None:
    first = build(storage, tmp_path)
    before = {trial.id for trial in run(first, 7)}
    waiting = first.suggest()
    first.release(waiting)
    second = build(storage, tmp_path, space=ADDED)
    after = run(second)
    algorithm = population(second)
    assert len(algorithm.lineages) == TOTAL == len(before) + len(after)
    assert not algorithm.registry.strangers
    assert waiting.id not in algorithm.lineages  # has another id with the new hyperparameter
    (copied,) = [
        t for t in after if (t.params["x"], t.parent) == (waiting.params["x"], waiting.parent)
    ]
    assert copied.params == {**waiting.params, "y": 0.5}
    assert all(algorithm.lineages[key].params["y"] == 0.5 for key in before)
    assert {trial.parent for trial in after} & before
    assert len({trial.params["y"] for trial in after}) > 1  # it is varied from now on
    again = population(get_experiment("exp", version=2, storage=storage))
    assert list(again.lineages) == list(algorithm.lineages)


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"branching": {"branch_to": "renamed"}}, 16),
        ({"space": {**SPACE, "x": "uniform(0, 2)"}}, 16),
        ({"algorithm": {"mfpbt": PBT}}, 16),
        ({"algorithm": {"pbt": {**PBT, "population_size": 6}}}, 24),
        (
            {
                "algorithm": {"pbt": {**PBT, "generations": 4}},
                "space": {**SPACE, "epochs": "fidelity(1, 16, base=2)"},
            },
            20,
        ),
    ],
    ids=["name", "wider", "variant", "more members", "more generations"],
)
def test_what_else_may_change(
    memory: Any, tmp_path: Path, changes: dict[str, Any], total: int
) -> None:
    before = run(build(memory, tmp_path), 9)
    second = build(memory, tmp_path, **changes)
    after = run(second)
    assert len(population(second).lineages) == total == len(before) + len(after)
    assert {trial.parent for trial in after} & {trial.id for trial in before}


def test_a_third_version_goes_on_from_the_second(memory: Any, tmp_path: Path) -> None:
    first = build(memory, tmp_path)
    run(first, 5)
    second = build(memory, tmp_path, space=ADDED)
    unused = build(memory, tmp_path, space=ADDED, algorithm=OTHER_FACTOR)
    third = build(memory, tmp_path, space={**ADDED, "x": "uniform(0, 3)"}, algorithm=OTHER_FACTOR)
    assert (second.version, unused.version, third.version) == (2, 3, 4)
    assert len(run(third)) == TOTAL - 5  # the two in between never began
    algorithm = population(third)
    assert algorithm.engine.earlier_versions == ["exp-v1"]
    assert len(algorithm.lineages) == TOTAL
    assert "is done" not in str(algorithm.engine.stopped)


def test_versions_are_one_tree_over_several_changes(memory: Any, tmp_path: Path) -> None:
    one = run(build(memory, tmp_path), 5)
    two = run(build(memory, tmp_path, space=ADDED), 4)
    third = build(memory, tmp_path, space=ADDED, algorithm=OTHER_FACTOR)
    three = run(third)
    algorithm = population(third)
    assert algorithm.engine.earlier_versions == ["exp-v1", "exp-v2"]
    assert [
        member.key for member in algorithm.lineages if algorithm.engine.is_inherited(member.key)
    ]
    assert {t.id for t in (*one, *two, *three)} == {member.key for member in algorithm.lineages}
    roots = {algorithm.lineages.node(trial.id).root.item.key for trial in three}
    assert roots <= {trial.id for trial in one}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"space": {**SPACE, "y": "uniform(0, 1)"}}, "y is new and has no default_value"),
        ({"space": {**SPACE, "x": "uniform(0, 0.1)"}}, r"x of trial .* outside uniform\(0, 0.1\)"),
        ({"algorithm": {"pbt": {**PBT, "generations": 2}}}, "generations is 2, and was 3"),
        ({"algorithm": {"pbt": {**PBT, "generations": 4}}}, "trained to another fidelity"),
    ],
)
def test_it_begins_anew_where_that_cannot_be(
    memory: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, Any],
    why: str,
) -> None:
    first = build(memory, tmp_path)
    run(first, 9)
    first.release(first.suggest())  # is no concern of the new population
    second = build(memory, tmp_path, **changes)
    with caplog.at_level(logging.WARNING, "orion_pbt"):
        after = run(second)
    assert "exp-v2 begins with a new population, not with exp-v1's: " in caplog.text
    assert re.search(why, caplog.text)
    algorithm = population(second)
    assert algorithm.engine.earlier_versions == []
    assert len(after) == len(algorithm.lineages) == 4 * (algorithm.generations + 1)
    assert not algorithm.registry.strangers
    # Else, in one directory, it would train over the checkpoints of the first.
    assert not {trial.id for trial in first.fetch_trials()} & {trial.id for trial in after}


def test_trials_of_one_id_in_several_versions(memory: Any, tmp_path: Path) -> None:
    """A version that begins anew from given points has roots of the same ids."""
    space = {**SPACE, "x": "uniform(0, 1, precision=4)"}
    settings = {**PBT, "initial_points": [{"x": place / 8} for place in range(1, 5)]}
    first = build(memory, tmp_path, space=space, algorithm={"pbt": {**settings, "generations": 2}})
    roots = {trial.id for trial in run(first)[:4]}
    longer = {**space, "epochs": "fidelity(1, 16, base=2)"}
    anew = {"pbt": {**settings, "generations": 4}}
    second = build(memory, tmp_path, space=longer, algorithm=anew)
    second.release(second.suggest())
    (lost,) = (trial for trial in second.fetch_trials() if trial.status != "completed")
    assert lost.id in roots

    # What the first version knows of it is no result of the second.
    memory.delete_trials(uid=second.id, where={"id": lost.id})
    after = run(second)
    assert len(after) == len(population(second).lineages) == 20
    assert roots <= {trial.id for trial in after}

    third = build(
        memory, tmp_path, space=longer, algorithm={"pbt": {**settings, "seed": 2, "generations": 4}}
    )
    assert third.version == 3
    assert {third.get_trial(uid=root).experiment for root in roots} == {second.id}


def test_a_hyperparameter_that_was_varied_cannot_be_removed(
    memory: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(build(memory, tmp_path, space=ADDED), 6)
    run(build(memory, tmp_path), 1)
    assert "y was removed, and is 0." in caplog.text
    assert "Only a trial with the default_value" in caplog.text


def test_another_algorithm_has_no_population(
    memory: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = build(memory, tmp_path, algorithm={"random": {"seed": 1}})
    run(first, 2)
    assert len(run(build(memory, tmp_path))) >= 1
    assert "its algorithm, 'random', has no population of this kind." in caplog.text


@pytest.mark.parametrize(
    ("kind", "goes_on"), [("break", False), ("unsure", True), ("noeffect", True)]
)
def test_changed_code_counts_as_the_user_says(
    memory: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str, goes_on: bool
) -> None:
    def build_of(commit: str) -> ExperimentClient:
        vcs = {"type": "git", "is_dirty": False, "HEAD_sha": commit, "active_branch": None}
        experiment = ExperimentBuilder(memory).build(
            "exp",
            branching={"enable": True, "code_change_type": kind},
            space=SPACE,
            algorithm={"pbt": PBT},
            working_dir=str(tmp_path),
            metadata={"VCS": {**vcs, "diff_sha": "0"}, "user": "me"},
        )
        return ExperimentClient(experiment)

    run(build_of("a"), 6)
    second = build_of("b")
    assert second.version == 2
    assert len(run(second)) == (10 if goes_on else TOTAL)
    assert ("code_change_type: unsure" in caplog.text) is not goes_on


def test_a_complete_population_has_nothing_left(
    memory: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(build(memory, tmp_path))
    second = build(memory, tmp_path, algorithm=OTHER_FACTOR)
    with second._experiment.acquire_algorithm_lock():
        pass
    assert second.is_done
    assert "exp-v1, which is complete, so nothing is left to be trained" in caplog.text


def test_a_result_that_was_not_heard_of_counts(memory: Any, tmp_path: Path) -> None:
    """A worker was killed between storing a result and telling the algorithm."""
    first = build(memory, tmp_path)
    run(first, 5)
    trial = first.suggest()
    first._experiment.update_completed_trial(with_result(trial, 0.25))
    first._pacemakers.pop(trial.id).stop()
    second = build(memory, tmp_path, algorithm=OTHER_FACTOR)
    assert len(run(second)) == TOTAL - 6
    assert population(second).lineages[trial.id].objective == 0.25


def with_result(trial: Any, objective: float) -> Any:
    trial.results = [trial.Result(name="objective", type="objective", value=objective)]
    return trial


def test_versions_that_run_side_by_side_keep_their_own(memory: Any, tmp_path: Path) -> None:
    first = build(memory, tmp_path)
    run(first, 5)
    second = build(memory, tmp_path, algorithm=OTHER_FACTOR)
    run(second, 2)
    later = first.suggest()  # after they went separate ways
    first.release(later)
    second.release(second.suggest())
    first = build(memory, tmp_path, version=1)  # sees the second, as another worker would
    run(second)
    run(first)
    for client in (first, second):
        algorithm = population(client)
        assert len(algorithm.lineages) == TOTAL
        assert not algorithm.registry.strangers
    assert len(second.fetch_trials()) == TOTAL - 5
    assert len(first.fetch_trials()) == TOTAL
