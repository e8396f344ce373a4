"""Why a member was made: the decision, taken once more."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from orion_pbt.engine import Engine
from orion_pbt.engine.explaining import explain
from orion_pbt.errors import UnknownMember
from orion_pbt.exploit import CopyFrom, Exploit, Keep, TruncateExploit, Wait
from orion_pbt.explore import Explore, PerturbExplore, ResampleExplore
from orion_pbt.population import Status
from orion_pbt.space import Real, Space

SCRIPT = Path(__file__).with_name("golden_run.py")


@pytest.fixture(scope="module")
def golden():
    """Return the engine of the recorded run, in which trials broke, backtracked and were copied."""
    spec = importlib.util.spec_from_file_location("golden_run", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run()


def test_each_decision_of_a_run_comes_out_as_it_was(golden):
    kinds = set()
    for member in golden.lineages:
        told = explain(golden, member.key)
        assert told.is_same, member
        assert told.member == member
        assert told.ancestor == member.true_ancestor
        kinds.add(type(told.decision))
    assert kinds == {type(None), Keep, CopyFrom}


def test_the_population_is_as_it_was_then(golden):
    order = [member.key for member in golden.lineages]
    for place, key in enumerate(order):
        told = explain(golden, key)
        assert [member.key for member in told.lineages] == order[:place]
        for peer in told.lineages:
            if peer.status is not Status.PENDING:  # by repr, as NaN differs from itself
                assert repr(peer) == repr(golden.lineages[peer.key])


def test_attempts_are_those_that_broke_before(golden):
    attempts = {}
    for member in golden.lineages:
        told = explain(golden, member.key)
        assert told.attempt == attempts.get(told.ancestor, 0)
        if told.ancestor is not None:
            attempts[told.ancestor] = attempts.get(told.ancestor, 0) + 1
    assert max(attempts.values()) > 1


def test_what_was_varied_is_seen_part_by_part(golden):
    used = set()
    for member in golden.lineages:
        told = explain(golden, member.key)
        if isinstance(told.decision, CopyFrom):
            last = told.variations[-1]
            assert {name: member.params[name] for name in last.after} == last.after
            used.add(type(last.explore))
        else:
            assert told.variations == ()
    assert used == {PerturbExplore, ResampleExplore}


def test_the_engine_stays_as_it_is(golden):
    before, pending, waiting = golden.state, golden.pending, golden.waiting
    for member in golden.lineages:
        explain(golden, member.key)
    assert (golden.state, golden.pending, golden.waiting) == (before, pending, waiting)


def test_with_another_seed_it_comes_out_otherwise(golden):
    spec = importlib.util.spec_from_file_location("golden_run", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    engine = module.make_engine()
    engine.restore(golden.state)
    engine.seed = "another"
    explained = [explain(engine, member.key) for member in engine.lineages]
    assert not all(told.is_same for told in explained)
    # To go on unchanged needs no luck.
    assert all(told.is_same for told in explained if told.decision == Keep())


def test_an_unknown_member(golden):
    with pytest.raises(UnknownMember, match="'nobody'"):
        explain(golden, "nobody")


SPACE = Space([Real("/lr", low=0, high=9)])


class Doubles(Explore):
    def __call__(self, rng, space, params, fork):
        return {name: value * 2 for name, value in params.items()}


def test_who_is_left_alone_waited_before():
    class WaitsForEver(Exploit):
        def __call__(self, rng, member, lineages):
            return Wait("nothing in particular")

    engine = Engine(SPACE, 2, 1, WaitsForEver(), Doubles())
    for member in engine.ask(2):
        engine.tell(member.key, 1.0)
    children = engine.ask(2)
    assert len(children) == 2
    for child in children:
        told = explain(engine, child.key)
        assert told.decision == Wait("nothing in particular")
        assert told.is_same


def test_after_too_many_the_rule_is_not_asked():
    engine = Engine(SPACE, 2, 1, TruncateExploit(2, 1, 0.5), Doubles(), max_retries=1)
    a, b = engine.ask(2)
    engine.tell(a.key, 1.0)
    engine.tell(b.key, 2.0)
    engine.ask(1)  # of one member; the other's next trials all break
    told = []
    for _ in range(3):
        (trial,) = engine.ask(1)
        told.append(explain(engine, trial.key))
        engine.fail(trial.key)
    other = b.key if told[0].ancestor == a.key else a.key
    assert [len(why.comparisons) for why in told] == [1, 1, 0]
    assert [why.attempt for why in told] == [0, 1, 2]
    assert told[2].decision == CopyFrom(other)
    assert all(why.is_same for why in told)


def test_a_key_is_not_looked_for_in_texts():
    """A key that JSON has to escape is found too."""
    engine = Engine(
        SPACE, 2, 1, TruncateExploit(2, 1, 0.5), None, key_of=lambda p, g, a, b: f'"{a}"\\{g}é'
    )
    engine.insert('a "k":"b"', {"/lr": 1.0})
    engine.insert("b", {"/lr": 2.0})
    assert [m.key for m in explain(engine, "b").lineages] == ['a "k":"b"']
