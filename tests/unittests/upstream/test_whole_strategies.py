"""A strategy that is configured anew has none of the former one's options."""

from __future__ import annotations

from typing import Any

import pytest
from orion.client import build_experiment
from orion.core.io import experiment_builder

SPACE = {"lr": "loguniform(1e-5, 1)", "epochs": "fidelity(1, 10, base=1)"}


def build(storage: Any, algorithm: Any) -> Any:
    return build_experiment(
        "exp", space=SPACE, algorithm=algorithm, storage=storage, branching={"enable": True}
    )


def test_another_explore_replaces_the_default(make_client: Any) -> None:
    first = make_client(explore=None)
    explore = {"of_type": "perturb", "factor": 1.5}
    second = build(first.storage, {"pbt": {"explore": explore}})
    settings = second.algorithm.unwrapped.configuration["pbt"]
    assert settings["explore"] == {"of_type": "PerturbExplore", "factor": 1.5, "volatility": 0.0001}
    assert settings["population_size"] == 2  # what is left out stays as it was
    assert second.version == 2


def test_the_users_configuration_stays_his(make_client: Any) -> None:
    first = make_client()
    algorithm = {"pbt": {"explore": {"of_type": "perturb", "factor": 1.5}}}
    build(first.storage, algorithm)
    assert algorithm == {"pbt": {"explore": {"of_type": "perturb", "factor": 1.5}}}


@pytest.mark.parametrize(
    ("stored", "wanted", "expected"),
    [
        ({"tpe": {"a": {"b": 1, "c": 2}}}, {"tpe": {"a": {"b": 1}}}, {"b": 1, "c": 2}),
        ({"nobody": {"a": {"b": 1, "c": 2}}}, {"nobody": {"a": {"b": 1}}}, {"b": 1, "c": 2}),
    ],
)
def test_other_algorithms_are_merged_as_ever(stored: Any, wanted: Any, expected: Any) -> None:
    merged = {"algorithm": stored}
    experiment_builder.merge_algorithm_config(merged, {"algorithm": wanted})
    ((_, settings),) = merged["algorithm"].items()
    assert settings["a"] == expected


@pytest.mark.parametrize("wanted", [None, "pbt", {"pbt": None}, {"of_type": "pbt"}])
def test_what_is_no_mapping_is_left_alone(wanted: Any) -> None:
    merged = {"algorithm": {"pbt": {"explore": {"of_type": "perturb"}}}}
    experiment_builder.merge_algorithm_config(merged, {"algorithm": wanted})
    assert merged["algorithm"] == {"pbt": {"explore": {"of_type": "perturb"}}}
