"""Where roots start and where copies go: initial, initial_points, mutation, frozen."""

from __future__ import annotations

from typing import Any

import pytest
from orion.core.io.space_builder import SpaceBuilder

from orion_pbt.algorithms import MFPBT, PBT, FirePBT
from orion_pbt.errors import ConfigurationError
from orion_pbt.testing.simulation import simulate

PRIORS = {
    "lr": "loguniform(1e-5, 1)",
    "batch": "choices([16, 32, 64])",
    "layers": "uniform(1, 8, discrete=True)",
    "epochs": "fidelity(1, 9, base=1)",
}


def make(priors: dict[str, str] = PRIORS, **settings: Any) -> PBT:
    space = SpaceBuilder().build(priors)
    return PBT(space, **{"seed": 1, "population_size": 8, "generations": 8, **settings})


def train(algorithm: PBT, rounds: int = 200) -> list[Any]:
    """Let the population finish; the larger the learning rate, the better."""
    found = []
    for _ in range(rounds):
        for trial in algorithm.suggest(8):
            found.append(trial)
            member = algorithm.lineages[trial.id]
            algorithm.engine.tell(trial.id, -member.params["lr"])
    assert algorithm.is_done
    return found


def test_roots_are_drawn_from_their_own_prior_and_copies_leave_it() -> None:
    algorithm = make(initial={"lr": "loguniform(1e-5, 1e-4)"})
    trials = train(algorithm)
    roots = [trial.params["lr"] for trial in trials if trial.parent is None]
    assert len(roots) == 8
    assert all(1e-5 <= lr <= 1e-4 for lr in roots)
    assert any(trial.params["lr"] > 1e-4 for trial in trials)


def test_copies_stay_in_their_own_range() -> None:
    algorithm = make(mutation={"/lr": "loguniform(1e-3, 1e-2)"})
    train(algorithm)
    varied = [
        member.params["lr"]
        for member in algorithm.lineages
        if member.parent and algorithm.lineages[member.parent].params["lr"] != member.params["lr"]
    ]
    assert varied
    assert all(1e-3 <= lr <= 1e-2 for lr in varied)


def test_what_is_frozen_is_copied_and_never_varied() -> None:
    algorithm = make(frozen=["batch", "layers"])
    train(algorithm)
    forks = [member for member in algorithm.lineages if member.base]
    assert forks
    for member in forks:
        parent = algorithm.lineages[member.parent or ""]
        assert (member.params["batch"], member.params["layers"]) == (
            parent.params["batch"],
            parent.params["layers"],
        )


class Noise:
    """Nothing to learn."""

    def __init__(self, space: dict[str, str]) -> None:
        self.space = space

    def begin(self, rng: Any) -> float:
        return 0.0

    def train(self, state: float, params: Any, begin: Any, end: Any, rng: Any) -> Any:
        return state, float(rng.random())


@pytest.mark.parametrize("algorithm", [MFPBT, FirePBT])
def test_what_is_frozen_is_that_of_the_weights_whosever_hyperparameters_are_taken(
    algorithm: type[PBT],
) -> None:
    space = {"width": "uniform(1, 2)", "lr": "uniform(0, 1)", "epochs": "fidelity(1, 13)"}
    copies = 0
    for seed in range(3):
        settings = {"population_size": 8, "generations": 12, "frozen": ["width"]}
        lineages = simulate(Noise(space), settings, seed, algorithm=algorithm).lineages
        for member in lineages:
            if member.parent is not None:
                parent = lineages[member.parent]
                assert member.params["width"] == parent.params["width"]
                copies += member.base is not None
    assert copies > 30


@pytest.mark.parametrize(("written", "digits"), [("", 8), (", precision=3", 3)])
def test_as_many_digits_as_in_the_search_space_unless_the_prior_says(
    written: str, digits: int
) -> None:
    priors = {**PRIORS, "lr": "loguniform(1e-5, 1, precision=8)"}
    narrower = {"lr": f"loguniform(1e-4, 1e-1{written})"}
    explore = {"resample": {"probability": 1}}
    algorithm = make(priors, initial=narrower, mutation=narrower, explore=explore)
    found = {trial.params["lr"] for trial in train(algorithm)}
    assert len(found) > 16  # copies among them
    assert all(lr == float(f"{lr:.{digits - 1}e}") for lr in found)
    assert any(lr != float(f"{lr:.{digits - 2}e}") for lr in found)


def test_the_first_roots_are_the_points_that_were_given() -> None:
    points = [{"lr": 0.1, "batch": 32, "layers": 2}, {"/lr": 0.2}]
    first, second, third = make(initial_points=points).suggest(3)
    assert {name: first.params[name] for name in ("lr", "batch", "layers")} == points[0]
    drawn = make().suggest(3)
    assert second.params["lr"] == 0.2
    assert second.params["layers"] == drawn[1].params["layers"]
    assert third.id == drawn[2].id


def test_a_broken_point_is_followed_by_a_draw() -> None:
    algorithm = make(initial_points=[{"lr": 0.1, "batch": 32, "layers": 2}], population_size=2)
    (first, _) = algorithm.suggest(2)
    algorithm.engine.fail(first.id)
    (fresh,) = algorithm.suggest(1)
    assert fresh.params["lr"] != 0.1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"initial": {"lr": "loguniform(1e-6, 1)"}}, r"initial's lr is .* inside the search space"),
        ({"initial": {"rate": "uniform(0, 1)"}}, r"no such hyperparameter. It has batch"),
        ({"initial": {"lr": "uniform(0, 1, discrete=True)"}}, "real or whole"),
        ({"initial": {"batch": "choices([8, 16])"}}, r"choices must be among \[16, 32, 64\]"),
        ({"initial": {"batch": "uniform(1, 2)"}}, "of the same kind"),
        ({"initial": {"lr": "uniform(1e-3, 1e-2, shape=2)"}}, "the same shape"),
        ({"mutation": {"lr": "nonsense(1)"}}, "could not be understood"),
        ({"mutation": ["lr"]}, "goes by hyperparameter"),
        ({"mutation": {"lr": "fidelity(1, 5)"}}, r"mutation's lr is 'fid.*, but it is no prior"),
        ({"initial": {"lr": "-"}}, "initial's lr is '-', but it is no prior"),
        ({"mutation": {"lr": "__import__('os')"}}, "could not be understood: Cannot use builtins"),
        ({"mutation": {"lr": "uniform(0, 1 / 0)"}}, "could not be understood"),
        (
            {"mutation": {"lr": "uniform(0.1, 0.5)"}, "frozen": ["/lr"]},
            "mutation has a range for lr",
        ),
        ({"frozen": "lr"}, "it is a list of names"),
        ({"frozen": [["lr"]]}, "it is a list of names"),
        ({"frozen": ["lr", "batch", "layers"]}, "no hyperparameter would ever be varied"),
        ({"initial_points": {"lr": 0.1}}, "it is a list of points"),
        ({"initial_points": [None]}, "initial_points is None, but it goes by hyperparameter"),
        (
            {"initial_points": [{"lr": 0.1 + number / 100} for number in range(9)]},
            "number of initial_points is 9, but a population of 8 starts from 8 at most",
        ),
        ({"initial_points": [{"lr": 2.0}]}, "initial_points' lr is 2.0, but it is outside"),
        ({"initial_points": [{"lr": 0.1}, {"lr": 0.1}]}, "twice"),
        ({"mode": "synchronous"}, "it is 'async' or 'sync'"),
        ({"quorum": 0, "mode": "sync"}, "share of the population"),
    ],
)
def test_what_cannot_work_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make(**settings)


def test_only_what_was_set_is_in_the_configuration() -> None:
    assert set(make().configuration["pbt"]) == {
        *("seed", "population_size", "generations", "exploit", "explore", "fork_timeout")
    }
    assert make(mode="sync", frozen=["lr"]).configuration["pbt"]["frozen"] == ["lr"]
    assert make(mode="sync", frozen=["lr"]).configuration["pbt"]["mode"] == "sync"
