"""A rule may ask for the whole generation of a member, in asynchronous mode too."""

from __future__ import annotations

from dataclasses import dataclass

from orion_pbt.engine import Barrier, Engine
from orion_pbt.exploit import Exploit, Keep, PipelineExploit
from orion_pbt.explore import PerturbExplore
from orion_pbt.space import Real, Space

SPACE = Space([Real("x", low=0.0, high=1.0)])


@dataclass(frozen=True)
class Every(Exploit):
    """Needs every second generation as a whole, and never copies."""

    def needs_generation(self, member, lineages):
        return member.generation % 2 == 1

    def __call__(self, rng, member, lineages):
        seen.append((member.generation, lineages.count_at(member.generation)))
        return Keep()


seen: list[tuple[int, int]] = []


def make(exploit, **settings):
    seen.clear()
    return Engine(SPACE, 3, 4, exploit, PerturbExplore(), max_retries=0, **settings)


def train(engine, count):
    """Train some of the pending members."""
    for key in engine.pending[:count]:
        engine.tell(key, 0.0)


def test_only_the_generations_that_it_needs_are_waited_for():
    engine = make(PipelineExploit((Every(),)))
    engine.ask(3)
    train(engine, 1)
    assert [member.generation for member in engine.ask(3)] == [1]
    engine.tell(engine.pending[-1], 0.0)
    assert engine.ask(3) == []
    assert list(engine.waiting.values()) == ["2 more to complete generation 1"]
    while not engine.is_done:
        engine.ask(3)
        train(engine, 1)
    assert {count for generation, count in seen if generation == 1} == {3}
    assert (0, 1) in seen


def test_who_was_given_up_is_not_waited_for():
    engine = make(Every())
    engine.ask(3)
    train(engine, 3)
    engine.ask(3)
    train(engine, 2)
    for _ in range(2):  # the third line breaks until it is given up
        for key in engine.pending:
            if engine.lineages[key].generation == 1:
                engine.fail(key)
        engine.ask(3)
    assert len(engine.stopped) == 1
    assert [engine.lineages[key].generation for key in engine.pending] == [2, 2]


def test_a_barrier_of_the_users_is_kept():
    engine = make(Every(), barrier=Barrier(0.5))
    engine.ask(3)
    train(engine, 2)
    assert [member.generation for member in engine.ask(3)] == [1, 1]
    for key in engine.pending[1:]:
        engine.tell(key, 0.0)
    assert [member.generation for member in engine.ask(3)] == [2, 2]
