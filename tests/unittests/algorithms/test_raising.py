"""Which settings of an experiment can be changed."""

from __future__ import annotations

from typing import Any

import pytest
from orion.core.io.space_builder import SpaceBuilder
from orion.core.utils.exceptions import NoConfigurationError

from orion_pbt.algorithms import PBT
from orion_pbt.errors import ConfigurationError


def make(fidelity: str = "fidelity(1, 4, base=1)", **settings: Any) -> PBT:
    space = SpaceBuilder().build({"lr": "loguniform(1e-3, 1)", "epochs": fidelity})
    return PBT(space, **{"seed": 1, "population_size": 4, "generations": 3, **settings})


def finish(algorithm: PBT) -> PBT:
    for _ in range(100):
        for trial in algorithm.suggest(4):
            algorithm.engine.tell(trial.id, -trial.params["lr"])
    assert algorithm.is_done
    return algorithm


@pytest.mark.parametrize(
    "more", [{"population_size": 8}, {"generations": 7}, {"population_size": 5, "generations": 9}]
)
def test_the_population_and_the_generations_can_be_raised(more: dict[str, Any]) -> None:
    make("fidelity(1, 16, base=1)", **more).check_goes_on_from(make().configuration)


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"population_size": 3}, "population_size"),
        ({"generations": 2}, "generations"),
        ({"seed": 2}, "seed"),
        ({"mode": "sync"}, "mode"),
        (
            {"exploit": {"truncate": {"min_forking_population": 2, "candidate_pool_ratio": 0.5}}},
            "exploit",
        ),
        ({"explore": "perturb"}, "explore"),
        ({"population_size": 8, "exploit": "backtrack"}, "exploit"),
    ],
)
def test_nothing_else_can_be_changed(changed: dict[str, Any], setting: str) -> None:
    with pytest.raises(ConfigurationError, match=f"begun with {setting} .* only population_size"):
        make(**changed).check_goes_on_from(make().configuration)


def test_another_algorithm_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="begun with the algorithm"):
        make().check_goes_on_from({"random": {"seed": 1}})


def test_a_finished_population_goes_on_to_a_higher_fidelity() -> None:
    algorithm = make("fidelity(1, 8, base=1)", generations=7)
    algorithm.set_state(finish(make()).state_dict)
    trials = algorithm.suggest(4)
    assert [trial.params["epochs"] for trial in trials] == [5] * 4
    for trial in trials:
        algorithm.engine.tell(trial.id, -trial.params["lr"])
    finish(algorithm)


def test_other_levels_for_what_was_trained_are_refused() -> None:
    algorithm = make("fidelity(1, 9, base=1)", generations=4)
    with pytest.raises(NoConfigurationError, match="trained to another fidelity"):
        algorithm.set_state(finish(make()).state_dict)
