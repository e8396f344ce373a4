"""The known traps of population based training, one direct test each.

Trap 11, hyperparameters that are lost when a script restores its checkpoint, is in the script.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy
import pytest

from orion_pbt.checkpoints import Outlook, Policy, judge
from orion_pbt.engine import Barrier, Engine
from orion_pbt.exploit import CopyFrom, Keep, TournamentExploit, TruncateExploit, TTestExploit
from orion_pbt.explore import AdditiveExplore, GPBTExplore, PerturbExplore, ResampleExplore
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Categorical, Integer, Real, Space
from orion_pbt.testing.strategies import lines, make_fork, roots

TRUNCATE = TruncateExploit(2, 0.5, 0.5)
TOURNAMENT = TournamentExploit(2)
OPERATORS = [
    PerturbExplore(1.5),
    AdditiveExplore(0.3),
    GPBTExplore(),
    ResampleExplore(0.5, per_dimension=True),
]


def decide(rule, lineages, key, seed=0):
    return rule(numpy.random.default_rng(seed), lineages[key], lineages)


def walk(operator, space, params, steps=200):
    """Yield what comes of many variations, one after the other."""
    rng = numpy.random.default_rng(0)
    for _ in range(steps):
        params = operator(rng, space, params, make_fork(params))
        yield params


def make_engine(exploit=TRUNCATE, explore=None, size=2, generations=3, **settings):
    space = Space([Real("lr", low=1e-9, high=1e9, log=True), Integer("batch", low=1, high=99)])
    return Engine(space, size, generations, exploit, explore or PerturbExplore(), **settings)


@pytest.mark.parametrize("rule", [TRUNCATE, TOURNAMENT], ids=["truncate", "tournament"])
def test_trap_1_two_symmetric_members_do_not_stand_still(rule):
    lineages = roots([1.0, 1.0])
    decisions = [decide(rule, lineages, member.key) for member in lineages]
    assert decisions == [Keep(), CopyFrom("root 0")]


@pytest.mark.parametrize("operator", OPERATORS[:2], ids=["perturb", "additive"])
def test_trap_2_zero_is_left_to_both_sides(operator):
    space = Space([Real("x", low=-1, high=1)])
    fork = make_fork({"x": 0.0})
    rngs = map(numpy.random.default_rng, range(20))
    signs = Counter(numpy.sign(operator(rng, space, {"x": 0.0}, fork)["x"]) for rng in rngs)
    assert signs[1] > 2
    assert signs[-1] > 2
    assert signs[0] == 0
    values = [params["x"] for params in walk(operator, space, {"x": 0.0})]
    assert max(map(abs, values)) > 0.1  # and it gets away


@pytest.mark.parametrize("operator", OPERATORS)
def test_trap_3_bounds_hold(operator):
    space = Space([Real("x", low=0.5, high=2), Integer("n", low=3, high=9)])
    for params in walk(operator, space, {"x": 2.0, "n": 9}):
        assert 0.5 <= params["x"] <= 2
        assert 3 <= params["n"] <= 9


def test_trap_4_weights_and_hyperparameters_are_copied_together():
    engine = make_engine(explore=PerturbExplore(1.2, volatility=0))
    better, worse = engine.ask(2)
    engine.tell(better.key, 0.0)
    engine.tell(worse.key, 1.0)
    (fork,) = [member for member in engine.ask(2) if member.base]
    assert (fork.base, fork.parent) == (worse.key, better.key)
    change = fork.params["lr"] / better.params["lr"]
    assert (
        change == pytest.approx(1.2)
        or change == pytest.approx(1 / 1.2)
        or fork.params["lr"] in (1, 1e-4)
    )


def test_trap_5_the_drawn_opponent_is_the_donor():
    """Drawn once: the one that won is copied, not another one drawn after it."""

    class Once:
        def __init__(self, value):
            self.values = [value]

        def integers(self, count):
            return self.values.pop()

    lineages = roots([0.0, 1.0, 2.0, 3.0])
    for drawn in range(3):
        decision = TOURNAMENT(Once(drawn), lineages["root 3"], lineages)
        assert decision == CopyFrom(f"root {drawn}")


@pytest.mark.parametrize("rule", [TRUNCATE, TOURNAMENT], ids=["truncate", "tournament"])
def test_trap_6_who_trained_longer_is_not_compared(rule):
    lineages = lines([[1.0, 0.1], [2.0, 0.2], [3.0]])
    donors = {decide(rule, lineages, "2.0", seed) for seed in range(30)}
    assert donors <= {CopyFrom("0.0"), CopyFrom("1.0")}
    assert CopyFrom("0.0") in donors


@pytest.mark.parametrize("operator", OPERATORS[:2], ids=["perturb", "additive"])
def test_trap_7_whole_numbers_and_ordinals_move(operator):
    space = Space([Integer("n", low=1, high=99), Categorical("batch", choices=(16, 64, 256))])
    before = {"n": 2, "batch": 64}
    for params in walk(operator, space, before):
        assert type(params["n"]) is int
        assert params["n"] != before["n"] or params["n"] in (1, 99)
        assert params["batch"] in (16, 64, 256)
        assert params["batch"] != before["batch"] or params["batch"] in (16, 256)
        before = params


@pytest.mark.parametrize("objective", [math.nan, math.inf])
@pytest.mark.parametrize(
    "rule", [TRUNCATE, TOURNAMENT, TTestExploit(2)], ids=["truncate", "tournament", "t-test"]
)
def test_trap_8_nan_is_worst(rule, objective):
    lineages = roots([objective, 5.0])
    for seed in range(5):
        assert decide(rule, lineages, "root 0", seed) == CopyFrom("root 1")
        assert decide(rule, lineages, "root 1", seed) == Keep()


def test_trap_9_a_dead_member_does_not_hold_a_generation_for_ever():
    engine = make_engine(size=3, barrier=Barrier(), max_retries=1)
    dead, *others = engine.ask(3)
    for member in others:
        engine.tell(member.key, 0.0)
    assert engine.ask(3) == []  # waited for
    broken = []
    while not engine.is_done:
        members = engine.ask(3) or [engine.lineages[key] for key in engine.pending]
        for member in [dead, *members]:
            if member.key in engine.pending and (member is dead or member.parent is None):
                engine.fail(member.key)  # and so does each root that takes its place
                broken.append(member.key)
            else:
                engine.tell(member.key, 0.0)
    assert len(broken) > 1
    assert engine.lineages.count_at(3) == 2


def test_trap_10_a_checkpoint_stays_until_the_copy_is_made():
    engine = make_engine(exploit=TournamentExploit(2), size=4, generations=4)
    rng = numpy.random.default_rng(0)
    kept = set()
    gone = 0
    while not engine.is_done:
        for member in engine.ask(1 + int(rng.integers(4))):
            assert member.parent is None or member.parent in kept
        key = engine.pending[int(rng.integers(len(engine.pending)))]
        parent = engine.lineages[key].parent
        assert parent is None or parent in kept
        engine.tell(key, float(rng.random()))
        kept.add(key)
        verdicts = judge(Outlook.of(engine), dict.fromkeys(kept), Policy())
        removed = {verdict.key for verdict in verdicts if not verdict.stays}
        gone += len(removed)
        kept -= removed
    assert gone > 8  # it was no test otherwise


def test_trap_12_one_lucky_score_is_not_copied_where_scores_are_noisy():
    rng = numpy.random.default_rng(0)
    copies = Counter()
    for _ in range(60):
        lineages = lines(rng.normal(size=(2, 10)).tolist())  # equals
        for name, rule in (("tournament", TOURNAMENT), ("t-test", TTestExploit(2))):
            copies[name] += isinstance(decide(rule, lineages, "0.9"), CopyFrom)
    assert copies["tournament"] > 20
    assert copies["t-test"] < 6
    lucky = Lineages()
    for key, line in (("steady", [1.0, 1.1, 0.9, 1.0]), ("lucky", [1.1, 0.9, 1.0, -9.0])):
        for generation, objective in enumerate(line):
            parent = f"{key} {generation - 1}" if generation else None
            lucky.add(Member(f"{key} {generation}", {}, generation, parent))
            lucky.complete(f"{key} {generation}", objective)
    assert decide(TTestExploit(2), lucky, "steady 3") == Keep()
    assert decide(TOURNAMENT, lucky, "steady 3") == CopyFrom("lucky 3")
