"""A population that is made larger, or trained for longer, than it was begun."""

from __future__ import annotations

import pytest

from orion_pbt.engine import Engine
from orion_pbt.errors import ConfigurationError, StateError
from orion_pbt.exploit import BacktrackExploit, TruncateExploit
from orion_pbt.explore import PerturbExplore
from orion_pbt.space import Real, Space

SPACE = Space([Real("/lr", low=1e-5, high=1, log=True)])
HALVES = TruncateExploit(2, 0.5, 0.5)


def make_engine(size=4, generations=2, exploit=HALVES):
    return Engine(SPACE, size, generations, exploit, PerturbExplore(), seed="1")


def finish(engine):
    """Train all there is to train; the larger the learning rate, the better."""
    for _ in range(1000):
        members = engine.ask(4)
        for member in members:
            engine.tell(member.key, -member.params["/lr"])
        if not members:
            break
    assert engine.is_done
    return engine


def raised(engine, size=4, generations=2, **settings):
    other = make_engine(size, generations, **settings)
    other.restore(engine.state)
    return other


def counts(engine):
    return [engine.lineages.trained_at(g) for g in range(engine.lineages.height)]


def test_more_generations_go_on_from_the_last() -> None:
    engine = raised(finish(make_engine()), generations=4)
    assert not engine.is_done
    members = engine.ask(8)
    assert [member.generation for member in members] == [3] * 4
    for member in members:
        assert engine.lineages[member.parent].generation == 2
        engine.tell(member.key, 0.0)
    assert counts(finish(engine)) == [4] * 5


def test_more_members_begin_anew_and_copy_only_where_checkpoints_are() -> None:
    engine = finish(make_engine())
    before = {member.key for member in engine.lineages}
    finish(engine := raised(engine, size=8))
    assert counts(engine) == [8] * 3
    fresh = [member for member in engine.lineages if member.key not in before]
    assert [member.generation for member in fresh].count(0) == 4
    assert all(member.parent not in before for member in fresh)


def test_both_at_once_and_once_more() -> None:
    engine = finish(raised(finish(make_engine()), size=6, generations=4))
    assert counts(engine) == [6] * 5
    assert counts(finish(raised(engine, size=6, generations=5))) == [6] * 6


def test_backtracking_goes_on_too() -> None:
    rule = BacktrackExploit(2, 0.5, 0.5)
    engine = finish(make_engine(exploit=rule))
    old = {member.key for member in engine.lineages if member.generation < 2}
    finish(engine := raised(engine, generations=4, exploit=rule))
    assert not any(m.parent in old for m in engine.lineages if m.generation > 2)


def test_a_population_that_is_under_way_is_raised_too() -> None:
    engine = make_engine()
    for member in engine.ask(4):
        engine.tell(member.key, -member.params["/lr"])
    assert counts(finish(raised(engine, size=6, generations=3))) == [6] * 4


def test_it_is_replayed_alike() -> None:
    engine = raised(finish(make_engine()), size=6, generations=4)
    for member in engine.ask(3):
        engine.tell(member.key, 0.0)
    other = raised(engine, size=6, generations=4)
    assert other.state == engine.state
    assert [m.key for m in other.ask(20)] == [m.key for m in engine.ask(20)]


@pytest.mark.parametrize(
    ("size", "generations", "setting"), [(4, 4, "population_size"), (6, 2, "generations")]
)
def test_a_worker_with_less_is_told(size: int, generations: int, setting: str) -> None:
    engine = raised(finish(make_engine()), size=6, generations=4)
    engine.ask(1)
    other = raised(engine, size=size, generations=generations)
    with pytest.raises(ConfigurationError, match=rf"{setting} is .* cannot be lowered"):
        other.ask(1)


def test_a_log_that_lowers_is_refused() -> None:
    engine = finish(make_engine())
    state = engine.state
    state["log"] += '{"e":"size","n":2,"g":2}\n'
    with pytest.raises(StateError, match="impossible event"):
        make_engine().restore(state)


def test_a_log_without_a_size_has_the_engines() -> None:
    engine = finish(make_engine())
    state = {**engine.state, "log": engine.state["log"].split("\n", 1)[1]}
    other = make_engine()
    other.restore(state)
    assert other.is_done
    assert other.ask(1) == []


def test_more_generations_alone_leave_all_to_be_copied() -> None:
    rule = TruncateExploit(8, 0.5, 0.5)
    engine = finish(make_engine(8, exploit=rule))
    longer = raised(engine, 8, 3, exploit=rule)
    donors = {member.parent for member in longer.ask(8) if member.base is not None}
    best = sorted(longer.lineages.completed_at(2), key=lambda member: member.objective)[:4]
    assert len(donors) > 1
    assert donors <= {member.key for member in best}
