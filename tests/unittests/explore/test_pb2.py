"""Population based bandits: the numbers that a model expects most of."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy
import pytest

from orion_pbt.engine import Barrier, Engine
from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import TruncateExploit
from orion_pbt.explore import (
    Fork,
    PB2Explore,
    PB2MixExplore,
    PerturbExplore,
    ResampleExplore,
)
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Categorical, Integer, Real, Space

SPACE = Space(
    [
        Real("x", low=0.0, high=1.0, precision=6),
        Integer("n", low=1.0, high=9.0),
        Categorical("kind", choices=("a", "b")),
    ]
)


def gain_of(params, worth):
    """Return what a generation brings: most at x = 0.7, n = 3, more with kind b."""
    miss = (params["x"] - 0.7) ** 2 + (params["n"] - 3) ** 2 / 64
    return worth * (params["kind"] == "b") - miss


def population(size=8, generations=4, worth=0.25):
    """Return lines whose gains follow from their hyperparameters."""
    lineages, rng = Lineages(), numpy.random.default_rng(0)
    for line in range(size):
        lineages.add(Member(f"{line}.0", SPACE.sample(rng)))
        lineages.complete(f"{line}.0", 0.0)
    for generation in range(1, generations):
        for line in range(size):
            params, parent = SPACE.sample(rng), f"{line}.{generation - 1}"
            lineages.add(Member(f"{line}.{generation}", params, generation, parent))
            lineages.complete(
                f"{line}.{generation}", lineages[parent].objective - gain_of(params, worth)
            )
    return lineages


def fork(lineages, donor="0.3", member="1.3"):
    return Fork(lineages[member], lineages[donor], lineages)


def choose(operator, lineages, seed=0, space=SPACE, **others):
    found = fork(lineages, **others)
    params = {name: found.donor.params[name] for name in space}
    return operator(numpy.random.default_rng(seed), space, params, found)


def test_chooses_the_numbers_that_brought_most():
    lineages = population()
    for seed in range(5):
        chosen = choose(PB2Explore(), lineages, seed)
        assert chosen["x"] == pytest.approx(0.7, abs=0.15)
        assert chosen["n"] in (2, 3, 4)
        assert chosen["kind"] == lineages["0.3"].params["kind"]


def test_the_smaller_the_objective_the_better():
    lineages = population()
    worse = Lineages()
    for member in lineages:
        worse.add(Member(member.key, member.params, member.generation, member.parent))
        worse.complete(member.key, -member.objective)
    chosen = choose(PB2Explore(), worse)
    assert abs(chosen["x"] - 0.7) > 0.3


def test_several_copies_of_one_generation_do_not_all_try_the_same():
    lineages = population(size=4, generations=3)
    tried = []
    for copy in range(4):
        chosen = choose(PB2Explore(), lineages, donor="0.2", member=f"{copy}.2")
        tried.append(chosen["x"])
        lineages.add(Member(f"copy {copy}", chosen, 3, "0.2", f"{copy}.2" if copy else None))
    assert len(set(tried)) == 4
    assert max(tried) - min(tried) > 0.05


def test_results_of_the_next_generation_change_nothing():
    """Who is faster must not matter in a synchronous run."""
    lineages = population()
    lineages.add(Member("next", SPACE.sample(numpy.random.default_rng(9)), 4, "2.3"))
    before = choose(PB2Explore(), lineages)
    lineages.complete("next", -100.0)
    assert choose(PB2Explore(), lineages) == before


def test_only_the_last_rows_count():
    lineages = population(generations=3)
    for line in range(8):  # from now on small x is best
        params = {**SPACE.sample(numpy.random.default_rng(line)), "x": line / 8}
        lineages.add(Member(f"{line}.3", params, 3, f"{line}.2"))
        lineages.complete(f"{line}.3", lineages[f"{line}.2"].objective + 10 * params["x"])
    for line in range(8):
        params = {**SPACE.sample(numpy.random.default_rng(line)), "x": line / 8}
        lineages.add(Member(f"{line}.4", params, 4, f"{line}.3"))
        lineages.complete(f"{line}.4", lineages[f"{line}.3"].objective + 10 * params["x"])
    chosen = choose(PB2Explore(max_rows=16), lineages, donor="0.4", member="1.4")
    assert chosen["x"] < 0.1
    assert choose(PB2Explore(max_rows=40), lineages, donor="0.4", member="1.4") != chosen


class Scripted:
    """Stands in for a generator: nothing but these numbers may be drawn."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0)


def test_with_too_little_data_numbers_are_perturbed_and_categories_stay():
    lineages = population(size=2, generations=2)  # two rows
    donor = lineages["0.1"].params
    rng = Scripted(0.1, 0.9)  # up, down
    chosen = PB2Explore()(rng, SPACE, dict(donor), fork(lineages, "0.1", "1.1"))
    assert rng.numbers == []
    assert chosen["x"] == pytest.approx(min(donor["x"] * 1.2, 1), rel=1e-3)
    assert chosen["n"] < donor["n"] or donor["n"] == 1
    assert chosen["kind"] == donor["kind"]


def test_a_donor_without_a_score_is_perturbed():
    lineages = population()
    for key, objective in (("nan", math.nan), ("inf", math.inf)):
        lineages.add(Member(key, {"x": 0.5, "n": 4, "kind": "a"}, 4, "0.3"))
        lineages.complete(key, objective)
        chosen = choose(PB2Explore(), lineages, donor=key)
        assert chosen["x"] in (pytest.approx(0.6), pytest.approx(0.5 / 1.2, rel=1e-5))


def test_in_a_space_without_numbers_categories_are_drawn_anew():
    space = Space([Categorical("kind", choices=("a", "b", "c"))])
    lineages = population()
    found = {choose(PB2Explore(), lineages, seed, space)["kind"] for seed in range(20)}
    assert found == {"a", "b", "c"}


def test_what_the_donor_has_is_varied_once_more():
    """A space of one whole number: the model would choose the same for each copy."""
    space = Space([Integer("n", low=1.0, high=9.0)])
    lineages = population()
    best = choose(PB2Explore(), lineages, space=space)["n"]
    lineages.add(Member("copy", {**lineages["0.3"].params, "n": best}, 4, "0.3", "2.3"))
    again = {choose(PB2Explore(), lineages, seed, space)["n"] for seed in range(9)}
    assert best not in again
    assert again <= set(range(1, 10))


def test_what_may_be_varied_may_be_less_than_what_was_tried():
    lineages = Lineages()
    for number in range(20):
        params = {"x": number / 20, "n": 1 + number % 9, "kind": "a"}
        lineages.add(Member(f"{number}.0", params))
        lineages.complete(f"{number}.0", 0.0)
        lineages.add(Member(f"{number}.1", params, 1, f"{number}.0"))
        lineages.complete(f"{number}.1", (params["x"] - 0.7) ** 2)
    narrow = Space([Real("x", low=0.0, high=0.3)])
    chosen = choose(PB2Explore(), lineages, space=narrow, donor="9.1", member="1.1")
    assert chosen == {"x": pytest.approx(0.3, abs=0.02)}


def test_a_trial_that_diverged_hides_nothing():
    lineages = population()
    lineages.add(Member("bad", {"x": 0.1, "n": 1, "kind": "a"}, 3, "0.2"))
    lineages.complete("bad", 1e10)
    assert choose(PB2Explore(), lineages)["x"] == pytest.approx(0.7, abs=0.2)


@pytest.mark.parametrize("value", [9, 50.0, None])
def test_impossible_settings_are_named(value):
    with pytest.raises(ConfigurationError, match=f"PB2MixExplore.max_rows is {value}, but it must"):
        PB2MixExplore(max_rows=value)


def test_mix_chooses_the_category_that_brought_more():
    lineages = population(generations=12, worth=1.0)
    found = [
        choose(PB2MixExplore(), lineages, seed, donor="0.11", member="1.11") for seed in range(40)
    ]
    assert sum(chosen["kind"] == "b" for chosen in found) > 24
    assert {chosen["kind"] for chosen in found} == {"a", "b"}
    assert numpy.median([chosen["x"] for chosen in found]) == pytest.approx(0.7, abs=0.1)


def test_mix_chooses_the_numbers_for_the_category():
    """With kind a small x is best, with kind b large x."""
    lineages, rng = Lineages(), numpy.random.default_rng(0)
    space = Space([Real("x", low=0.0, high=1.0), Categorical("kind", choices=("a", "b"))])
    for number in range(60):
        params, parent = space.sample(rng), f"{number}"
        lineages.add(Member(parent, params))
        lineages.complete(parent, 0.0)
        lineages.add(Member(f"{number}.1", params, 1, parent))
        gain = params["x"] if params["kind"] == "b" else 1 - params["x"]
        lineages.complete(f"{number}.1", -gain)
    for seed in range(10):
        chosen = choose(PB2MixExplore(), lineages, seed, space, donor="0.1", member="1.1")
        assert chosen["x"] == pytest.approx(float(chosen["kind"] == "b"), abs=0.1)


def test_mix_draws_categories_anew_as_long_as_there_is_no_data():
    lineages = population(size=2, generations=1)
    found = {
        choose(PB2MixExplore(), lineages, seed, donor="0.0", member="1.0")["kind"]
        for seed in range(20)
    }
    assert found == {"a", "b"}


def follow(explore, seed):
    """Let a population follow an optimum that moves round a circle; return the gain in all."""
    space = Space([Real("x", low=0.0, high=1.0), Real("y", low=0.0, high=1.0)])
    rule = TruncateExploit(6, 0.67, 0.34)
    engine = Engine(space, 6, 20, rule, explore, str(seed), barrier=Barrier())
    while not engine.is_done:
        engine.ask(6)
        for key in engine.pending:
            member = engine.lineages[key]
            angle = 2 * math.pi * member.generation / 30
            centre = 0.5 + 0.3 * math.cos(angle), 0.5 + 0.3 * math.sin(angle)
            miss = math.dist(centre, (member.params["x"], member.params["y"]))
            before = 0.0 if member.parent is None else engine.lineages[member.parent].objective
            engine.tell(key, before - max(0.0, 1 - 4 * miss**2))
    return -engine.lineages.best(20).objective


def test_follows_a_moving_optimum_better_than_chance():
    gains = {
        type(explore).__name__: [follow(explore, seed) for seed in range(3)]
        for explore in (PB2Explore(), ResampleExplore(probability=1.0), PerturbExplore())
    }
    least = min(gains.pop("PB2Explore"))
    assert least > 19.5  # of 21
    assert least > max(max(others) for others in gains.values())


def test_a_population_that_does_not_use_it_does_not_load_scipy():
    code = "import sys, orion_pbt.engine, orion_pbt.explore; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
