"""A replay as an algorithm of Oríon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from orion.algo.base import algo_factory
from orion.client import build_experiment
from orion.core.io.space_builder import SpaceBuilder
from orion.core.worker.primary_algo import create_algo
from orion.core.worker.trial import Trial

from orion_pbt.algorithms import Replay
from orion_pbt.engine import REPLICA
from orion_pbt.errors import ConfigurationError

PRIORS = {
    "/lr": "loguniform(1e-5, 1)",
    "/opt": "choices(['sgd', 'adam'])",
    "/epochs": "fidelity(2, 30, base=1)",
    f"/{REPLICA}": "uniform(1, 1001)",
}
STAGES = [
    {"fidelity": 2, "params": {"/lr": 0.1, "/opt": "sgd"}},
    {"fidelity": 11, "params": {"/lr": 0.01234567890123, "/opt": "adam"}},
    {"fidelity": 30, "params": {"/lr": 1e-5, "/opt": "adam"}},
]


def make(priors: dict[str, str] = PRIORS, **settings: Any) -> Any:
    space = SpaceBuilder().build(priors)
    return create_algo(Replay, space, **{"stages": STAGES, "replicas": 2, **settings})


def observe(algorithm: Any, trials: list[Trial], objective: float = 0.5) -> None:
    for trial in trials:
        trial.status = "completed"
        trial.results = [Trial.Result(name="o", type="objective", value=objective)]
    algorithm.observe(trials)


def plain(trial: Trial) -> tuple[Any, ...]:
    return tuple(trial.params[name] for name in ("/epochs", "/lr", "/opt", f"/{REPLICA}"))


def test_oríon_finds_it_by_its_name() -> None:
    assert algo_factory.get_class("replay") is Replay


def test_trials_go_along_the_stages() -> None:
    algorithm = make()
    trials = algorithm.suggest(4)
    assert [plain(trial) for trial in trials] == [(2, 0.1, "sgd", 1.0), (2, 0.1, "sgd", 2.0)]
    assert all(trial in algorithm.space for trial in trials)
    observe(algorithm, trials[:1])
    (child,) = algorithm.suggest(4)
    assert plain(child) == (11, 0.01234567890123, "adam", 1.0)
    assert child.parent == trials[0].id
    observe(algorithm, [*trials[1:], child])
    observe(algorithm, algorithm.suggest(4))
    observe(algorithm, algorithm.suggest(4))
    assert algorithm.is_done
    ends = algorithm.unwrapped.lineages.members_at(2)
    assert len(ends) == 2


def test_the_configuration_comes_back_as_it_was() -> None:
    configuration = make(seed_name=None, trial="abc").configuration
    assert configuration == {
        "replay": {"stages": STAGES, "replicas": 2, "seed_name": None, "trial": "abc"}
    }
    assert json.loads(json.dumps(configuration)) == configuration


def test_the_state_goes_to_another_process() -> None:
    algorithm, other = make(), make()
    trials = algorithm.suggest(2)
    observe(algorithm, trials)
    other.set_state(json.loads(json.dumps(algorithm.state_dict)))
    assert [t.id for t in other.suggest(2)] == [t.id for t in algorithm.suggest(2)]


def test_a_trial_that_was_inserted_is_not_of_the_replay() -> None:
    algorithm = make()
    (trial, *_) = make().suggest(1)
    observe(algorithm, [trial])
    assert len(algorithm.unwrapped.lineages) == 0
    assert len(algorithm.suggest(5)) == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"replicas": 0}, "replicas is 0, but it is a number from 1 to 1000"),
        ({"replicas": 2.0}, "replicas is 2.0"),
        ({"stages": []}, "fidelities is \\[\\], but they are whole numbers that rise"),
        ({"stages": [STAGES[1], STAGES[0]]}, "rise from at least 1"),
        ({"stages": [{"fidelity": 2}]}, "it has a fidelity and params"),
        ({"stages": ["2"]}, "it has a fidelity and params"),
        ({"stages": [{**STAGES[0], "fidelity": 31}]}, "they lie in fidelity\\(2, 30"),
        ({"stages": [{"fidelity": 2, "params": {"/lr": 0.1}}]}, "there is no 'opt'"),
        (
            {"stages": [{"fidelity": 2, "params": {"/lr": 2, "/opt": "sgd"}}]},
            "is 2, but it is outside the search space, loguniform",
        ),
        ({"seed_name": "sede"}, "seed_name is 'sede', but the hyperparameters are lr, opt"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make(**settings)


def test_a_space_without_replicas_is_refused() -> None:
    priors = {name: prior for name, prior in PRIORS.items() if REPLICA not in name}
    with pytest.raises(ConfigurationError, match=f"needs a real hyperparameter '{REPLICA}'"):
        make(priors)


def train(lr: float, opt: str, epochs: int, **others: Any) -> float:
    if epochs == 11 and not Path("broke").exists():
        Path("broke").touch()
        raise RuntimeError("broken on purpose")
    return lr


def test_a_broken_trial_is_tried_again_from_the_same_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    priors = {name.lstrip("/"): prior for name, prior in PRIORS.items()}
    client = build_experiment(
        "again",
        space=priors,
        algorithm={"replay": {"stages": STAGES, "replicas": 1}},
        storage={"type": "sql", "url": f"sqlite:///{tmp_path / 'pbt.db'}"},
        working_dir=str(tmp_path / "wd"),
    )
    client.workon(train, n_workers=1)
    trials = client.fetch_trials()
    assert sorted((t.params["epochs"], t.status, t.params[REPLICA]) for t in trials) == [
        (2, "completed", 1.0),
        (11, "broken", 1.0),
        (11, "completed", 1.25),
        (30, "completed", 1.0),
    ]
    (root,) = (trial for trial in trials if trial.parent is None)
    assert {trial.parent for trial in trials if trial.params["epochs"] == 11} == {root.id}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"replicas": 1}, "begun with replicas 2, and it is 1 now"),
        ({"trial": "b"}, "begun with trial 'a', and it is 'b' now"),
    ],
)
def test_only_replicas_can_be_added(changes: dict[str, Any], message: str) -> None:
    before = make(trial="a").configuration
    make(trial="a", replicas=3).unwrapped.check_goes_on_from(before)
    with pytest.raises(ConfigurationError, match=message):
        make(**{"trial": "a", **changes}).unwrapped.check_goes_on_from(before)


def test_another_algorithm_is_no_replay() -> None:
    with pytest.raises(ConfigurationError, match="is no replay"):
        make().unwrapped.check_goes_on_from({"pbt": {"seed": 1}})
