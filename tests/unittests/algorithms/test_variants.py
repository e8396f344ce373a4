"""The variants under their names."""

from __future__ import annotations

import json
from typing import Any

import numpy
import pytest
from orion.algo.base import algo_factory
from orion.core.io.space_builder import SpaceBuilder
from orion.core.worker.primary_algo import create_algo
from orion.core.worker.trial import Trial

from orion_pbt.algorithms import IPBT, MFPBT, PB2, PBT, FirePBT, PB2Mix
from orion_pbt.algorithms.defaults import default_frequencies
from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import MFExploit

SPACE = {
    "lr": "loguniform(1e-5, 1)",
    "layers": "uniform(1, 4, discrete=True)",
    "kind": "choices(['sgd', 'adam'])",
    "epochs": "fidelity(1, 12, base=1)",
}
VARIANTS = {"pb2": PB2, "pb2mix": PB2Mix, "mfpbt": MFPBT, "ipbt": IPBT, "firepbt": FirePBT}
TRUNCATION = {
    "of_type": "TruncateExploit",
    "min_forking_population": 4,
    "truncation_quantile": 0.75,
    "candidate_pool_ratio": 0.25,
}
VARIED = {
    "of_type": "PipelineExplore",
    "explore_configs": [
        {"of_type": "ResampleExplore", "probability": 0.1, "per_dimension": True},
        {"of_type": "PerturbExplore", "factor": 1.5, "volatility": 0.0001},
    ],
}
DEFAULTS = {
    "pbt": (TRUNCATION, VARIED),
    "pb2": (TRUNCATION, {"of_type": "PB2Explore", "max_rows": 200}),
    "pb2mix": (TRUNCATION, {"of_type": "PB2MixExplore", "max_rows": 200}),
    "mfpbt": ({"of_type": "MFExploit", "frequencies": [1, 2]}, VARIED),
    "ipbt": (
        {"of_type": "RestartExploit", "interval": 1, "patience": 3},
        {"of_type": "PB2MixExplore", "max_rows": 200},
    ),
    "firepbt": ({"of_type": "FireExploit", "evaluation": 4}, VARIED),
}


def make(name: str, **settings: Any) -> Any:
    settings = {"population_size": 8, "generations": 11, "seed": 1, **settings}
    return create_algo(algo_factory.get_class(name), SpaceBuilder().build(SPACE), **settings)


def run(algorithm: Any, seed: int = 0) -> list[Trial]:
    """Run a population to its end, with results that get better with each epoch."""
    ran: list[Trial] = []
    rng = numpy.random.default_rng(seed)
    waiting: list[Trial] = []
    while not algorithm.is_done:
        waiting += algorithm.suggest(3)
        trial = waiting.pop(int(rng.integers(len(waiting))))
        trial.status = "completed"
        value = abs(trial.params["lr"] - 0.01) / trial.params["epochs"]
        trial.results = [Trial.Result(name="objective", type="objective", value=value)]
        algorithm.observe([trial])
        ran.append(trial)
    return ran


@pytest.mark.parametrize("name", VARIANTS)
def test_each_is_found_by_its_name(name: str) -> None:
    assert algo_factory.get_class(name) is VARIANTS[name]
    assert issubclass(VARIANTS[name], PBT)


@pytest.mark.parametrize("name", DEFAULTS)
def test_strategies_of_users_who_chose_none(name: str) -> None:
    exploit, explore = DEFAULTS[name]
    algorithm = make(name)
    assert algorithm.unwrapped.exploit == exploit
    assert algorithm.unwrapped.explore == explore


@pytest.mark.parametrize("name", VARIANTS)
def test_what_the_user_chose_counts(name: str) -> None:
    algorithm = make(name, exploit="truncate", explore={"resample": {"probability": 0.3}})
    assert algorithm.unwrapped.exploit["of_type"] == "TruncateExploit"
    assert algorithm.unwrapped.explore == {"of_type": "ResampleExplore", "probability": 0.3}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_configuration_makes_the_same_algorithm_again(name: str) -> None:
    configuration = json.loads(json.dumps(make(name).configuration))
    assert list(configuration) == [name]
    again = make(name, **configuration[name])
    assert again.configuration == configuration


@pytest.mark.parametrize("name", VARIANTS)
def test_a_whole_population_is_trained(name: str) -> None:
    algorithm = make(name)
    trials = run(algorithm)
    assert [trial.params["epochs"] for trial in trials].count(12) == 8
    assert len(trials) == 8 * 12
    copies = sum(member.base is not None for member in algorithm.unwrapped.lineages)
    assert copies > 8


@pytest.mark.parametrize("name", ["mfpbt", "ipbt", "firepbt"])
def test_decisions_are_the_same_whatever_the_order_of_the_results(name: str) -> None:
    explore = "perturb"  # models learn from whatever is there
    runs = [{trial.id for trial in run(make(name, explore=explore), seed)} for seed in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("name", ["pb2", "pb2mix", "ipbt"])
def test_models_decide_the_same_in_a_synchronous_run(name: str) -> None:
    runs = [{trial.id for trial in run(make(name, mode="sync"), seed)} for seed in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("name", VARIANTS)
def test_a_finished_population_goes_on_with_more(name: str) -> None:
    before = make(name, generations=6)
    run(before)
    more = make(name, generations=11)
    more.unwrapped.check_goes_on_from(before.configuration)
    with pytest.raises(ConfigurationError, match="was begun with explore"):
        make(name, explore="resample").unwrapped.check_goes_on_from(before.configuration)


@pytest.mark.parametrize(
    ("population", "generations", "frequencies"),
    [
        (4, 10, (1,)),
        (7, 100, (1,)),
        (8, 10, (1, 2)),
        (8, 49, (1, 5)),
        (15, 100, (1, 3, 10)),
        (16, 10, (1, 2, 3, 4)),
        (32, 500, (1, 4, 14, 50)),
        (50, 10, (1, 2, 3, 4)),
    ],
)
def test_frequencies_fit_the_population(
    population: int, generations: int, frequencies: tuple[int, ...]
) -> None:
    found = default_frequencies(population, generations)
    assert found == frequencies
    MFExploit(found).check(population)


def test_a_population_that_is_too_small_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigurationError, match="raise population_size to 4"):
        make("mfpbt", population_size=3)
    with pytest.raises(ConfigurationError, match="Raise it to at least 8"):
        make("firepbt", population_size=6)
