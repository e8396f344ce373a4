"""The contract suites find what they are for."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import CopyFrom, Exploit, Keep, TruncateExploit, Wait
from orion_pbt.explore import Explore, PerturbExplore
from orion_pbt.population import Status
from orion_pbt.testing.strategies import (
    GENERATIONS,
    POPULATIONS,
    SPACE,
    ExploitContract,
    ExploreContract,
)

COUNTER = itertools.count()


@dataclass(frozen=True)
class Rule(Exploit):
    """A rule with a fault."""

    fault: str
    seen: list = field(default_factory=list)

    def __call__(self, rng, member, lineages):
        return getattr(self, self.fault)(rng, member, lineages)

    def none(self, rng, member, lineages):
        return None

    def silent(self, rng, member, lineages):
        return Wait("")

    def pending(self, rng, member, lineages):
        found = [other.key for other in lineages if other.status is Status.PENDING]
        return CopyFrom(found[0]) if found else Keep()

    def worst(self, rng, member, lineages):
        found = [other.key for other in lineages.completed_at(0) if other.objective is not None]
        return CopyFrom(found[0])

    def archived(self, rng, member, lineages):
        found = [other.key for other in lineages if lineages.is_archived(other.key)]
        return CopyFrom(found[0]) if found else Keep()

    def oldest(self, rng, member, lineages):
        return CopyFrom([m for m in lineages if m.status is Status.COMPLETED][-1].key)

    def alternating(self, rng, member, lineages):
        return Wait(str(next(COUNTER) % 2))

    def params(self, rng, member, lineages):
        found = [other.key for other in lineages if other.status is Status.PENDING]
        return CopyFrom(member.key, params_of=found[0]) if found else Keep()

    def random(self, rng, member, lineages):
        return Wait(str(random.random()))

    def hashed(self, rng, member, lineages):
        return Wait(str(hash("a")))

    def counting(self, rng, member, lineages):
        self.seen.append(member.key)
        return Keep()

    def changing(self, rng, member, lineages):
        member.params["lr"] = 1.0
        return Keep()

    def waiting(self, rng, member, lineages):
        return Wait("ever")


@dataclass(frozen=True)
class Operator(Explore):
    """An operator with a fault."""

    fault: str

    def __call__(self, rng, space, params, fork):
        new = PerturbExplore()(rng, space, params, fork)
        if self.fault == "meddling":
            fork.member.params["shift"] = float(next(COUNTER))
            return new
        return getattr(self, self.fault)(rng, new, params)

    def allows(self, params):
        return self.fault != "forbidden" or params["layers"] % 2 == 0

    def stays(self, rng, new, params):
        return dict(params)

    def same(self, rng, new, params):
        return params

    def fewer(self, rng, new, params):
        return {name: value for name, value in new.items() if name != "lr"}

    def outside(self, rng, new, params):
        return {**new, "momentum": 1.5} if "momentum" in new else new

    def mistyped(self, rng, new, params):
        return {**new, "layers": 2.0} if "layers" in new else new

    def shapeless(self, rng, new, params):
        return {**new, "weights": [0.0]} if "weights" in new else new

    def unknown(self, rng, new, params):
        return {**new, "act": "tanh"} if "act" in new else new

    def random(self, rng, new, params):
        return {**new, "shift": random.random()} if "shift" in new else new

    def alternating(self, rng, new, params):
        return {**new, "shift": float(next(COUNTER) % 2)} if "shift" in new else new

    def hashed(self, rng, new, params):
        return {**new, "shift": float(hash("a"))} if "shift" in new else new

    def changing(self, rng, new, params):
        params["shift"] = float(next(COUNTER))
        return new

    def forbidden(self, rng, new, params):
        return new


@pytest.mark.parametrize(
    ("fault", "test"),
    [
        ("none", "decides_with_decisions_and_says_what_it_waits_for"),
        ("silent", "decides_with_decisions_and_says_what_it_waits_for"),
        ("pending", "copies_only_who_is_there_to_be_copied"),
        ("worst", "copies_only_who_is_there_to_be_copied"),
        ("archived", "copies_only_who_is_there_to_be_copied"),
        ("oldest", "copies_only_who_is_there_to_be_copied"),
        ("params", "copies_only_who_is_there_to_be_copied"),
        ("random", "decides_the_same_again"),
        ("alternating", "decides_the_same_again"),
        ("counting", "changes_nothing"),
        ("changing", "changes_nothing"),
    ],
)
def test_faults_of_rules(fault, test):
    with pytest.raises((AssertionError, KeyError, IndexError)):
        getattr(ExploitContract(), f"test_{test}")(Rule(fault))


def test_a_rule_that_hangs_on_hashes(monkeypatch, tmp_path):
    text = (
        "from dataclasses import dataclass\n"
        "from orion_pbt.exploit import Exploit, Wait\n"
        "@dataclass(frozen=True)\n"
        "class Hashed(Exploit):\n"
        "    def __call__(self, rng, member, lineages):\n"
        "        return Wait(str(hash('a')))\n"
    )
    (tmp_path / "hashing_rule_of_a_test.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    from hashing_rule_of_a_test import Hashed

    with pytest.raises(AssertionError):
        ExploitContract().test_decides_the_same_in_another_process(Hashed())


@pytest.mark.parametrize("population", sorted(GENERATIONS))
def test_a_rule_that_waits_for_ever(population):
    with pytest.raises(AssertionError):
        ExploitContract().test_does_not_wait_where_there_is_nobody_to_wait_for(
            Rule("waiting"), population
        )
    with pytest.raises(pytest.fail.Exception):
        ExploitContract().test_refuses_a_population_in_which_it_would_wait_for_ever(Rule("waiting"))


def test_a_rule_that_refuses_a_population_without_need():
    @dataclass(frozen=True)
    class Refuses(TruncateExploit):
        def check(self, population_size):
            raise ConfigurationError("no")

    with pytest.raises(ConfigurationError):
        ExploitContract().test_does_not_wait_where_there_is_nobody_to_wait_for(
            Refuses(2, 0.5, 0.5), "distinct"
        )


@pytest.mark.parametrize(
    ("fault", "test"),
    [
        ("stays", "varies_something_now_and_then"),
        ("same", "changes_nothing"),
        ("fewer", "names_types_and_bounds_are_those_of_the_space"),
        ("fewer", "leaves_alone_what_is_not_to_be_varied"),
        ("outside", "names_types_and_bounds_are_those_of_the_space"),
        ("outside", "stays_inside_the_space_for_any_number_of_steps"),
        ("outside", "starts_from_any_bound"),
        ("outside", "a_value_outside_the_range_is_left_or_brought_inside"),
        ("mistyped", "names_types_and_bounds_are_those_of_the_space"),
        ("shapeless", "names_types_and_bounds_are_those_of_the_space"),
        ("unknown", "names_types_and_bounds_are_those_of_the_space"),
        ("random", "varies_the_same_again"),
        ("alternating", "varies_the_same_again"),
        ("changing", "changes_nothing"),
        ("meddling", "changes_nothing"),
        ("forbidden", "allows_what_it_makes"),
    ],
)
def test_faults_of_operators(fault, test):
    with pytest.raises((AssertionError, KeyError)):
        getattr(ExploreContract(), f"test_{test}")(Operator(fault), SPACE)


def test_what_is_no_frozen_dataclass():
    class Plain(Explore):
        def __call__(self, rng, space, params, fork):
            return {}

    with pytest.raises(AssertionError, match="a strategy is a dataclass"):
        ExploreContract().test_is_a_frozen_dataclass_that_can_be_pickled(Plain())

    @dataclass
    class Melted(Exploit):
        number: int = 1

        def __call__(self, rng, member, lineages):
            return Keep()

    with pytest.raises(pytest.fail.Exception):
        ExploitContract().test_is_a_frozen_dataclass_that_can_be_pickled(Melted())


@pytest.mark.parametrize("name", sorted(POPULATIONS))
def test_populations_are_the_same_each_time(name):
    first, second = (list(POPULATIONS[name](SPACE)) for _ in range(2))
    assert repr(first) == repr(second)


def test_populations_hold_what_they_are_for():
    lineages = POPULATIONS["many trials"](SPACE)
    members = list(lineages)
    assert {member.status for member in members} == {Status.COMPLETED, Status.BROKEN}
    assert any(member.base for member in members)
    assert any(member.objective != member.objective for member in members)  # NaN
    running = POPULATIONS["some trials"](SPACE)
    assert any(member.status is Status.PENDING for member in running)
