"""Replicas that are trained along one schedule."""

from __future__ import annotations

import random

import pytest

from orion_pbt.engine import REPLICA, Engine, ReplayEngine, replica_of
from orion_pbt.engine.explaining import explain
from orion_pbt.exploit import Keep
from orion_pbt.population import Member
from orion_pbt.space import Categorical, Integer, Real, Space

SPACE = Space(
    [
        Real("/lr", low=1e-4, high=1, log=True),
        Categorical("/opt", choices=("sgd", "adam")),
        Real(f"/{REPLICA}", low=1, high=1001),
    ]
)
SCHEDULE = [
    {"/lr": 0.1, "/opt": "sgd"},
    {"/lr": 0.1, "/opt": "sgd"},
    {"/lr": 0.02, "/opt": "adam"},
]


def make(replicas: int = 2, **settings: object) -> ReplayEngine:
    return ReplayEngine(SPACE, SCHEDULE, replicas, **settings)  # type: ignore[arg-type]


def params(generation: int, replica: float) -> dict[str, object]:
    return {**SCHEDULE[generation], f"/{REPLICA}": replica}


def train(engine: Engine) -> list[Member]:
    """Complete whatever is asked for, and return it."""
    trained = []
    while members := engine.ask(1):
        for member in members:
            trained.append(member)
            engine.tell(member.key, 0.5)
    return trained


def test_each_replica_is_a_line_along_the_schedule() -> None:
    engine = make()
    train(engine)
    assert engine.is_done
    assert engine.stopped == []
    lines = [engine.lineages.line(end.key) for end in engine.lineages.members_at(2)]
    assert {replica_of(line[0].params): [m.params for m in line] for line in lines} == {
        number: [params(generation, number) for generation in range(3)] for number in (1, 2)
    }
    for line in lines:
        assert [member.base for member in line] == [None] * 3
        assert [member.parent for member in line] == [None, line[0].key, line[1].key]


def test_replicas_do_not_wait_for_each_other() -> None:
    engine = make()
    first, second = engine.ask(5)
    assert engine.ask(5) == []
    engine.tell(first.key, float("nan"))
    (child,) = engine.ask(5)
    assert child.params == params(1, 1)
    assert engine.pending == [second.key, child.key]


def test_one_replica_is_enough() -> None:
    engine = make(1)
    assert len(train(engine)) == 3
    assert engine.is_done


def test_what_breaks_is_tried_again_with_the_same_hyperparameters() -> None:
    engine = make(1)
    (root,) = engine.ask(5)
    engine.fail(root.key)
    (again,) = engine.ask(5)
    assert again.params == params(0, 1.25)
    assert again.key != root.key
    engine.tell(again.key, 0.5)
    (child,) = engine.ask(5)
    assert child.params == params(1, 1)  # what broke before it does not matter here
    engine.fail(child.key)
    (retry,) = engine.ask(5)
    assert (retry.params, retry.parent) == (params(1, 1.25), again.key)
    engine.tell(retry.key, 0.5)
    assert [member.params for member in train(engine)] == [params(2, 1)]
    assert engine.is_done


@pytest.mark.parametrize("generation", [0, 2])
def test_a_replica_that_breaks_too_often_is_given_up_and_the_others_go_on(generation: int) -> None:
    engine = make(3, max_retries=2)
    broken = 0
    while members := engine.ask(1):
        (member,) = members
        if replica_of(member.params) == 2 and member.generation == generation:
            engine.fail(member.key)
            broken += 1
        else:
            engine.tell(member.key, 0.5)
    assert broken == 3
    assert engine.is_done
    assert len(engine.stopped) == 1
    assert "eplica" in engine.stopped[0]
    assert "given up: 3 " in engine.stopped[0]
    ends = {replica_of(member.params) for member in engine.lineages.completed_at(2)}
    assert ends == {1, 3}


def test_all_can_be_given_up() -> None:
    engine = make(2, max_retries=1)
    while members := engine.ask(3):
        for member in members:
            engine.fail(member.key)
    assert engine.is_done
    assert len(engine.stopped) == 2
    assert len(engine.lineages) == 4


def test_another_process_goes_on_in_the_same_way() -> None:
    expected = make()
    train(expected)
    for seed in range(20):
        rng = random.Random(seed)
        engine = make()
        while not engine.is_done:
            for member in engine.ask(rng.randint(1, 3)):
                assert member.key in {other.key for other in expected.lineages}
            if engine.pending:
                engine.tell(rng.choice(engine.pending), 0.5)
            if rng.random() < 0.5:
                other = make()
                other.restore(engine.state)
                engine = other
        assert {m.key for m in engine.lineages} == {m.key for m in expected.lineages}


def test_replicas_can_be_added_to_a_replay_that_is_done() -> None:
    engine = make(2)
    before = [member.key for member in train(engine)]
    more = make(3)
    more.restore(engine.state)
    assert not more.is_done
    assert [member.params for member in train(more)] == [params(g, 3) for g in range(3)]
    assert more.is_done
    assert [member.key for member in more.lineages][: len(before)] == before


def test_a_seed_differs_between_replicas_and_stays_in_each() -> None:
    space = Space([*SPACE.values(), Integer("/seed", low=0, high=10**6)])
    engine = ReplayEngine(space, SCHEDULE, 3, seed_name="/seed")
    seeds: dict[int | None, set[int]] = {}
    for member in train(engine):
        seeds.setdefault(replica_of(member.params), set()).add(member.params["/seed"])
    assert [len(found) for found in seeds.values()] == [1, 1, 1]
    assert len(set.union(*seeds.values())) == 3
    again = ReplayEngine(space, SCHEDULE, 3, seed_name="/seed")
    assert {m.key for m in train(again)} == {m.key for m in engine.lineages}


def test_why_a_trial_was_run_is_that_it_went_on() -> None:
    engine = make(1)
    *_, end = train(engine)
    explanation = explain(engine, end.key)
    assert explanation.decision == Keep()
    assert explanation.is_same


def test_the_replica_is_told_from_other_hyperparameters() -> None:
    assert replica_of({f"/{REPLICA}": 12.75, "/lr": 0.1}) == 12
    assert replica_of({REPLICA: 3.0}) == 3
    assert replica_of({"/replica": 3.0}) is None
