"""Reading a population out of an experiment."""

from __future__ import annotations

from typing import Any

import pytest
from orion.client import build_experiment

from orion_pbt.errors import StateError
from orion_pbt.plotting.data import Decisions
from orion_pbt.plotting.reading import decisions_of, read_picture

LOG = (
    '{"e":"root","k":"a","x":{}}\n{"e":"insert","k":"b","x":{}}\n'
    '{"e":"done","i":0,"o":1.0}\n{"e":"child","k":"c","p":0,"b":1}\n'
    '{"e":"child","k":"d","p":0}\n{"e":"stop","i":2,"why":"because"}\n'
)


def test_the_log_says_what_was_replaced_inserted_and_given_up() -> None:
    state = {"engine": {"schema": 1, "seed": "1", "log": LOG}, "registry": {}}
    assert decisions_of(state) == Decisions({"c": "b"}, frozenset({"b"}), ("because",))


@pytest.mark.parametrize(
    "state", [None, {}, {"engine": None}, {"algorithm": {}}, {"engine": {"schema": 9, "log": LOG}}]
)
def test_the_state_of_another_algorithm_or_version_says_nothing(state: Any) -> None:
    assert decisions_of(state) == Decisions()


def test_a_log_that_is_cut_off_is_an_error() -> None:
    with pytest.raises(StateError):
        decisions_of({"engine": {"schema": 1, "log": LOG[:-3]}})


def _client(algorithm: Any, fidelity: str = "fidelity(1, 4, base=1)", **more: Any) -> Any:
    return build_experiment(
        "exp",
        space={"lr": "loguniform(1e-4, 1)", "epochs": fidelity},
        algorithm=algorithm,
        storage={"type": "legacy", "database": {"type": "ephemeraldb"}},
        **more,
    )


def _work(client: Any, count: int = 100) -> None:
    for _ in range(count):
        if client.is_done:
            break
        trial = client.suggest()
        loss = trial.params["lr"] / trial.params["epochs"]
        client.observe(trial, [{"name": "loss", "type": "objective", "value": loss}])


def test_what_the_algorithm_did_is_read_from_the_storage() -> None:
    client = _client({"pbt": {"population_size": 4, "generations": 3, "seed": 1}})
    _work(client)
    picture = read_picture(client)
    lineages = client.algorithm.unwrapped.lineages
    members = {point.member.key: point.member for point in picture.points}
    assert len(members) == 16
    assert sum(member.base is not None for member in members.values()) > 0
    for member in lineages:
        found = members[member.key]
        assert (found.parent, found.base) == (member.parent, member.base)
        assert (found.generation, found.objective) == (member.generation, member.objective)


def test_an_algorithm_of_oríon_that_branches_is_shown_by_parents() -> None:
    client = _client({"asha": {"seed": 1, "num_rungs": 2}}, "fidelity(1, 4, base=2)", max_trials=20)
    _work(client)
    picture = read_picture(client)
    assert {point.member.generation for point in picture.points} == {0, 1}
    assert all(point.member.base is None for point in picture.points)


def test_an_unreadable_state_leaves_the_parents(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = _client({"pbt": {"population_size": 4, "generations": 3, "seed": 1}})
    _work(client, 8)

    def fail(state: Any) -> None:
        raise StateError("cut off")

    monkeypatch.setattr("orion_pbt.plotting.reading.decisions_of", fail)
    assert len(read_picture(client).points) >= 8
    assert "which trial replaced which: cut off" in caplog.text


def test_no_experiment_is_an_error() -> None:
    with pytest.raises(ValueError, match="'experiment' is None"):
        read_picture(None)
