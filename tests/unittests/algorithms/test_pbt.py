"""The algorithm as Oríon sees it."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy
import pytest
from orion.core.io.space_builder import SpaceBuilder
from orion.core.utils.exceptions import NoConfigurationError
from orion.core.utils.format_trials import dict_to_trial
from orion.core.worker.primary_algo import create_algo
from orion.core.worker.trial import Trial

from orion_pbt.algorithms import PBT
from orion_pbt.errors import ConfigurationError, StateError

SPACE = {
    "lr": "loguniform(1e-5, 1)",
    "layers": "uniform(1, 4, discrete=True)",
    "kind": "choices(['sgd', 'adam', None])",
    "net.shape": "uniform(0, 1, shape=(2, 2))",
    "noise": "normal(0, 1)",
    "epochs": "fidelity(1, 8, base=2)",
}


def make(space: dict[str, str] | None = None, **settings: Any) -> Any:
    settings = {"population_size": 4, "generations": 3, "seed": 1, **settings}
    return create_algo(PBT, SpaceBuilder().build(space or SPACE), **settings)


def finish(algo: Any, trial: Trial, objective: float | None = None, reported: Any = None) -> None:
    """Let the algorithm observe a trial: broken without an objective."""
    trial.status = "broken" if objective is None else "completed"
    if objective is not None:
        trial.results = [Trial.Result(name="objective", type="objective", value=objective)]
    if reported is not None:
        trial.results.append(
            Trial.Result(name="reported_objective", type="statistic", value=reported)
        )
    algo.observe([trial])


def run(algo: Any, batch: int = 2) -> list[Trial]:
    """Run a population to its end, with objectives made from the hyperparameters."""
    ran = []
    while not algo.is_done:
        for trial in algo.suggest(batch):
            ran.append(trial)
            finish(algo, trial, abs(math.log10(trial.params["lr"]) + 2))
    return ran


def test_each_generation_trains_the_whole_population() -> None:
    algo = make()
    trials = {trial.id: trial for trial in run(algo)}
    assert [trial.params["epochs"] for trial in trials.values()].count(8) == 4
    assert len(trials) == 16
    levels = [1, 2, 4, 8]
    for trial in trials.values():
        assert trial in algo.space
        epochs = trial.params["epochs"]
        if trial.parent is None:
            assert epochs == 1
        else:
            parent = trials[trial.parent]
            assert levels.index(epochs) == levels.index(parent.params["epochs"]) + 1


def test_a_promoted_trial_is_another_trial() -> None:
    algo = make({"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 8, base=2)"})
    trials = run(algo)
    promoted = [
        trial
        for trial in trials
        for parent in trials
        if trial.parent == parent.id and trial.params["lr"] == parent.params["lr"]
    ]
    assert promoted
    assert all(trial.id != trial.parent for trial in promoted)


def test_values_have_the_precision_and_the_types_of_the_space() -> None:
    for trial in run(make()):
        params = trial.params
        assert params["lr"] == float(f"{params['lr']:.3e}")
        assert type(params["layers"]) is int
        assert params["kind"] in ("sgd", "adam", None)
        assert [len(row) for row in params["net"]["shape"]] == [2, 2]
        assert type(params["epochs"]) is int


def test_a_state_makes_the_same_algorithm_elsewhere() -> None:
    algo = make(seed=None)
    for trial in algo.suggest(4):
        finish(algo, trial, 0.5)
    state = json.loads(json.dumps(algo.state_dict))
    other = make(seed=None)
    other.set_state(state)
    assert other.state_dict == algo.state_dict
    assert [trial.id for trial in other.suggest(2)] == [trial.id for trial in algo.suggest(2)]


def test_no_seed_is_another_run_each_time() -> None:
    assert make(seed=None).suggest(1)[0].id != make(seed=None).suggest(1)[0].id


@pytest.mark.parametrize("state", [{"registry": {}, "lineages": object()}, {}])
def test_a_state_of_orions_own_is_refused(state: dict[str, Any]) -> None:
    with pytest.raises(StateError, match="orionpbt"):
        make().set_state(state)


def test_broken_roots_are_replaced() -> None:
    algo = make()
    for trial in algo.suggest(4):
        finish(algo, trial)
    replaced = algo.suggest(10)
    assert len(replaced) == 4
    assert {trial.params["epochs"] for trial in replaced} == {1}


def test_a_result_may_be_told_twice() -> None:
    algo = make()
    (trial,) = algo.suggest(1)
    finish(algo, trial, 0.5)
    before = algo.state_dict
    finish(algo, trial, 0.1)
    finish(algo, trial)
    assert algo.state_dict == before


def test_an_inserted_trial_is_a_root_that_others_copy() -> None:
    space = {"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 8, base=2)"}
    algo = make(space)
    inserted = dict_to_trial({"lr": 0.01, "epochs": 1}, algo.space)
    finish(algo, inserted, -1.0)
    assert len(algo.suggest(10)) == 3  # it took a place
    assert algo.unwrapped.lineages[inserted.id].parent is None
    assert algo.n_observed == 1


def test_inserted_trials_are_as_many_as_the_population(caplog: pytest.LogCaptureFixture) -> None:
    space = {"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 8, base=2)"}
    algo = make(space)
    for number in range(1, 6):
        inserted = dict_to_trial({"lr": number / 10, "epochs": 1}, algo.space)
        finish(algo, inserted, -1.0)
    assert len(algo.unwrapped.lineages) == 4
    assert inserted.id not in algo.unwrapped.lineages
    assert algo.has_observed(inserted)
    (told,) = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert told.startswith(f"The inserted trial {inserted.id} is ignored: a population of 4 takes")


@pytest.mark.parametrize("changes", [{"epochs": 8}, {"epochs": 3}])
def test_an_inserted_trial_of_another_fidelity_is_kept_apart(changes: dict[str, int]) -> None:
    space = {"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 8, base=2)"}
    algo = make(space)
    inserted = dict_to_trial({"lr": 0.01, **changes}, algo.space)
    finish(algo, inserted, -1.0)
    assert algo.has_observed(inserted)
    assert inserted.id not in algo.unwrapped.lineages
    assert len(algo.suggest(10)) == 4


def test_a_maximised_value_is_shown_as_it_was_reported() -> None:
    algo = make()
    (trial,) = algo.suggest(1)
    finish(algo, trial, -0.97, reported=0.97)
    assert algo.unwrapped.lineages.best().score == 0.97
    assert algo.unwrapped.lineages.best().objective == -0.97


def test_nan_ranks_last() -> None:
    algo = make()
    for trial, objective in zip(algo.suggest(4), [math.nan, math.inf, 1.0, 2.0]):
        finish(algo, trial, objective)
    assert algo.unwrapped.lineages.best().objective == 1.0
    copied = {trial.parent for trial in algo.suggest(4)}
    (worst,) = (m.key for m in algo.unwrapped.lineages.completed_at(0) if math.isnan(m.objective))
    assert worst not in copied


def test_max_trials_counts_the_full_fidelity() -> None:
    algo = make()
    algo.max_trials = 1
    run(algo)
    assert algo.unwrapped.lineages.count_at(3) in (1, 2)


def test_the_configuration_shows_what_runs() -> None:
    algo = make(explore=["resample", {"perturb": {"factor": 2}}])
    assert algo.configuration == {
        "pbt": {
            "seed": 1,
            "population_size": 4,
            "generations": 3,
            "exploit": {
                "of_type": "TruncateExploit",
                "min_forking_population": 4,
                "truncation_quantile": 0.75,
                "candidate_pool_ratio": 0.25,
            },
            "explore": {
                "of_type": "PipelineExplore",
                "explore_configs": [
                    {"of_type": "ResampleExplore", "probability": 0.2},
                    {"of_type": "PerturbExplore", "factor": 2, "volatility": 0.0001},
                ],
            },
            "fork_timeout": 60,
        }
    }
    again = make(**algo.configuration["pbt"])
    assert again.configuration == algo.configuration


@pytest.mark.parametrize("population_size", range(2, 12))
def test_the_defaults_work_for_any_population(population_size: int) -> None:
    algo = make(population_size=population_size)
    assert len(run(algo, batch=3)) == 4 * population_size
    assert algo.unwrapped.engine.stopped == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"population_size": 1}, "population_size is 1"),
        ({"population_size": "many"}, "population_size is 'many'"),
        ({"generations": 0}, "generations is 0"),
        ({"generations": 8}, "9 distinct levels and fidelity"),
        ({"generations": 2.5}, "generations is 2.5"),
        ({"exploit": "TruncateExploit"}, "above population_size = 4"),
        ({"exploit": {"truncate": {"truncation_quantile": 0}}}, "truncation_quantile is 0"),
        ({"exploit": {"truncate": {"candidate_pool_ratio": 1.5}}}, "candidate_pool_ratio is 1.5"),
        (
            {"exploit": {"truncate": {"min_forking_population": 4, "candidate_pool_ratio": 0.2}}},
            "a pool of nobody",
        ),
        ({"exploit": "trunkate"}, "Did you mean 'truncate'?"),
        ({"exploit": {"truncate": {"quantile": 0.5}}}, "TruncateExploit's option is 'quantile'"),
        ({"exploit": []}, "exploit is"),
        ({"explore": {"perturb": {"factor": 1}}}, "PerturbExplore.factor is 1"),
        ({"explore": {"resample": {"probability": 2}}}, "ResampleExplore.probability is 2"),
        ({"fork_timeout": 0}, "fork_timeout is 0"),
        ({"fork_timeout": math.nan}, "fork_timeout is nan"),
        ({"seed": "abc"}, "seed is 'abc'"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"seed": [1, True]}, "seed is [1, True]"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)) as caught:
        make(**settings)
    assert isinstance(caught.value, NoConfigurationError)  # Oríon's commands print these alone


@pytest.mark.parametrize(
    "space",
    [
        {"lr": "uniform(0, 1)"},
        {"lr": "uniform(0, 1)", "a": "fidelity(1, 9)", "b": "fidelity(1, 9)"},
    ],
)
def test_a_space_needs_one_fidelity(space: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="exactly one"):
        make(space)


def test_a_space_needs_a_hyperparameter() -> None:
    with pytest.raises(ConfigurationError, match="beside the fidelity"):
        make({"epochs": "fidelity(1, 8)"})


def test_a_seed_may_be_numbers_of_numpy() -> None:
    assert make(seed=numpy.int64(7)).suggest(1)[0].id == make(seed=7).suggest(1)[0].id
    assert make(seed=(1, 2)).suggest(1)[0].id == make(seed=[1, 2]).suggest(1)[0].id
