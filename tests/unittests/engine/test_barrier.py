"""Synchronous populations: a generation is decided about when it is complete."""

from __future__ import annotations

import numpy
import pytest

from orion_pbt.engine import Barrier, Engine, generator
from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import BacktrackExploit, CopyFrom, Exploit, Keep, TruncateExploit
from orion_pbt.explore import PerturbExplore
from orion_pbt.population import Member
from orion_pbt.space import Real, Space

SPACE = Space([Real("/lr", low=1e-5, high=1, log=True)])


class Keeps(Exploit):
    """Lets every member go on at once."""

    def __call__(self, rng, member, lineages):
        return Keep()


def make_engine(size=4, generations=3, quorum=1.0, exploit=None, **settings):
    exploit = exploit or Keeps()
    barrier = Barrier(quorum)
    return Engine(
        *(SPACE, size, generations, exploit, PerturbExplore()), barrier=barrier, **settings
    )


def tell(engine, members, objective=0.0):
    for member in members:
        engine.tell(member.key, objective)


def test_nobody_goes_on_before_all_are_done() -> None:
    engine = make_engine()
    roots = engine.ask(4)
    tell(engine, roots[:3])
    assert engine.ask(4) == []
    assert set(engine.waiting.values()) == {"1 more to complete generation 0"}
    tell(engine, roots[3:])
    assert [member.generation for member in engine.ask(4)] == [1] * 4


def test_roots_that_are_still_to_be_drawn_are_waited_for() -> None:
    engine = make_engine()
    tell(engine, engine.ask(2))
    assert [member.generation for member in engine.ask(4)] == [0, 0]


def test_all_decide_alike_whatever_the_order_of_the_results() -> None:
    def run(order):
        engine = make_engine(exploit=TruncateExploit(2, 0.5, 0.5))
        for _ in range(4):
            members = sorted(engine.ask(4), key=lambda member: member.key)
            for place in order:
                engine.tell(members[place].key, members[place].params["/lr"])
        return sorted((m.key, m.parent, m.base) for m in engine.lineages)

    assert run([0, 1, 2, 3]) == run([3, 1, 0, 2])


def test_with_a_quorum_the_rest_is_compared_as_it_arrives() -> None:
    engine = make_engine(quorum=0.75)
    roots = engine.ask(4)
    tell(engine, roots[:2])
    assert engine.ask(4) == []
    tell(engine, roots[2:3])
    assert len(engine.ask(4)) == 3
    tell(engine, roots[3:])
    assert len(engine.ask(4)) == 1


def test_trap_9_a_member_that_was_given_up_holds_nobody() -> None:
    engine = make_engine(max_retries=0)
    dead = min(engine.ask(4), key=lambda member: member.key)
    for member in list(engine.lineages):
        engine.tell(member.key, 0.0)
    for _ in range(40):
        for member in engine.ask(4):
            line = engine.lineages.line(member.key)
            if line[0].key == dead.key:
                engine.fail(member.key)
            else:
                engine.tell(member.key, 0.0)
    assert len(engine.stopped) == 1
    assert engine.is_done
    assert engine.lineages.count_at(3) == 3


def test_a_state_goes_on_in_another_process() -> None:
    engine = make_engine()
    roots = engine.ask(4)
    tell(engine, roots[:3])
    other = make_engine()
    other.restore(engine.state)
    assert other.ask(4) == []
    other.tell(roots[3].key, 0.0)
    engine.tell(roots[3].key, 0.0)
    assert [m.key for m in other.ask(4)] == [m.key for m in engine.ask(4)]


class SendsBack(Exploit):
    """Sends one line back to its root when it first completes generation 2."""

    def __init__(self, line):
        self.line = line

    def __call__(self, rng, member, lineages):
        goes_back = lineages.line_root(member.key) == self.line and member.generation == 2
        return CopyFrom(self.line) if goes_back and not lineages.setbacks(member.key) else Keep()


@pytest.mark.parametrize(
    ("quorum", "asked"), [(1.0, [[1], [2], [3, 3, 3, 3]]), (0.75, [[1, 3, 3, 3], [2], [3]])]
)
def test_a_line_that_went_back_is_waited_for(quorum, asked) -> None:
    exploit = SendsBack("")
    engine = make_engine(exploit=exploit, quorum=quorum)
    exploit.line = max(member.key for member in engine.ask(4))
    tell(engine, list(engine.lineages))
    for _ in range(2):
        tell(engine, engine.ask(4))
    found = []
    while members := engine.ask(4):
        found.append(sorted(member.generation for member in members))
        tell(engine, members)
    assert found == asked
    assert engine.is_done


def backtrack(seed, workers, breakage=0.0, quorum=1.0):
    """Return a population that was trained in an order of its own; its scores are luck."""
    engine = make_engine(6, 6, quorum, BacktrackExploit(4, 0.5, 0.25), seed=str(seed))
    rng = numpy.random.default_rng([seed, workers])
    running: list[Member] = []
    while not engine.is_done:
        running += engine.ask(workers - len(running))
        assert running, "Everybody waits for ever."
        member = running.pop(int(rng.integers(len(running))))
        if rng.random() < breakage:
            engine.fail(member.key)
        else:
            engine.tell(member.key, float(generator(member.key).integers(4)))
    return engine


@pytest.mark.parametrize("seed", range(6))
def test_who_goes_back_hangs_on_no_pace(seed) -> None:
    runs = [backtrack(seed, workers) for workers in (1, 3, 6)]
    assert max(runs[0].lineages.setbacks(member.key) for member in runs[0].lineages) > 0
    found = [{(m.key, m.parent, m.base) for m in run.lineages} for run in runs]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("quorum", [0.3, 0.75, 1.0])
def test_going_back_and_breaking_hold_nobody(quorum) -> None:
    for seed in range(6):
        engine = backtrack(seed, 4, 0.4, quorum)
        assert engine.lineages.count_at(6) + len(engine.stopped) == 6


@pytest.mark.parametrize("quorum", [0, -1, 1.5, "all", True])
def test_a_quorum_is_a_share(quorum) -> None:
    with pytest.raises(ConfigurationError, match="quorum"):
        Barrier(quorum)
