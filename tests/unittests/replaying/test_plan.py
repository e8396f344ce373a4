"""From a trial to what is replayed."""

from __future__ import annotations

from typing import Any

import pytest
from orion.client import build_experiment, get_experiment

from orion_pbt.engine import REPLICA
from orion_pbt.errors import ConfigurationError, UnknownMember
from orion_pbt.replaying import Plan, algorithm_of, plan_of


def test_the_winners_schedule_is_that_of_its_ancestors(population: Any) -> None:
    lineages = population.algorithm.unwrapped.lineages
    winner = lineages.best(3)
    plan = plan_of(population)
    assert plan.trial == winner.key
    assert plan.levels == (1, 3, 5, 7)
    path = [node.item.params for node in lineages.node(winner.key).path()]
    assert list(plan.stages) == path
    assert plan.space == {
        "lr": "loguniform(0.01, 1)",
        "seed": "uniform(0, 1000, discrete=True)",
    }
    assert plan.priors == {
        REPLICA: "uniform(1, 1001)",
        **plan.space,
        "epochs": "fidelity(1, 7, base=1)",
    }
    assert plan.algorithm["replay"]["stages"] == [
        {"fidelity": level, "params": params} for level, params in zip((1, 3, 5, 7), path)
    ]


def test_the_schedule_of_an_earlier_trial_ends_where_it_did(population: Any) -> None:
    member = population.algorithm.unwrapped.lineages.members_at(1)[0]
    plan = plan_of(population, member.key, seeds=3, seed_name="seed")
    assert plan.levels == (1, 3)
    assert plan.priors["epochs"] == "fidelity(1, 3, base=1)"
    settings = plan.algorithm["replay"]
    assert (settings["trial"], settings["replicas"], settings["seed_name"]) == (
        member.key,
        3,
        "seed",
    )


def test_a_root_alone_is_a_schedule_too(population: Any) -> None:
    root = population.algorithm.unwrapped.lineages.roots[0].item
    assert plan_of(population, root.key).levels == (1,)


@pytest.mark.parametrize(
    ("settings", "levels"),
    [
        ({"stretch": 2}, (2, 6, 10, 14)),
        ({"stretch": 1.6}, (2, 5, 8, 11)),
        ({"fidelity": 70}, (10, 30, 50, 70)),
    ],
)
def test_a_larger_budget_stretches_it(
    population: Any, settings: dict[str, Any], levels: tuple[int, ...]
) -> None:
    plan = plan_of(population, **settings)
    assert plan.levels == levels
    assert plan.stages == plan_of(population).stages
    assert plan.priors["epochs"] == f"fidelity({levels[0]}, {levels[-1]}, base=1)"


def test_a_constant_schedule_has_the_first_hyperparameters_throughout(population: Any) -> None:
    plan = plan_of(population)
    assert plan.constant.stages == (plan.stages[0],) * 4
    assert plan.constant.levels == plan.levels


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stretch": 2, "fidelity": 9}, "fidelity is 9, but stretch is 2 already"),
        ({"stretch": 0.1}, "stretch to is 1, "),
        ({"seeds": 0}, "seeds is 0"),
        ({"seeds": 1001}, "seeds is 1001"),
    ],
)
def test_impossible_settings_are_refused(
    population: Any, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        plan_of(population, **settings)


def test_an_unknown_trial_is_told(population: Any) -> None:
    with pytest.raises(UnknownMember, match="No member 'abc'"):
        plan_of(population, "abc")


def test_a_reader_sees_what_the_workers_did(population: Any) -> None:
    reader = get_experiment("exp", storage=population.storage)
    assert plan_of(reader) == plan_of(population)


def test_before_anything_is_completed_there_is_no_winner(tmp_path: Any) -> None:
    client = build_experiment(
        "new",
        space={"lr": "uniform(0, 1)", "epochs": "fidelity(1, 7)"},
        algorithm={"pbt": {"population_size": 2, "generations": 1}},
        storage={"type": "sql", "url": f"sqlite:///{tmp_path / 'pbt.db'}"},
    )
    with pytest.raises(UnknownMember, match="no winner yet"):
        plan_of(client)


def test_other_algorithms_have_no_schedule(tmp_path: Any) -> None:
    client = build_experiment(
        "random",
        space={"lr": "uniform(0, 1)"},
        algorithm="random",
        storage={"type": "sql", "url": f"sqlite:///{tmp_path / 'pbt.db'}"},
    )
    with pytest.raises(ConfigurationError, match="'random', but its algorithm trains none"):
        algorithm_of(client)


def test_a_plan_is_a_value() -> None:
    settings: dict[str, Any] = {"space": {"lr": "uniform(0, 1)"}, "fidelity": "epochs"}
    plan = Plan("a", (1, 2), ({"lr": 0.1}, {"lr": 0.2}), **settings)
    assert plan == Plan("a", (1, 2), ({"lr": 0.1}, {"lr": 0.2}), **settings)
    assert plan != plan.constant
