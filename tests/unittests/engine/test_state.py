"""Tests of the engine's state: exact, incremental, small, and refused as a whole if it is bad."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_pbt.engine import Engine, log
from orion_pbt.errors import StateError
from orion_pbt.exploit import BacktrackExploit, PipelineExploit, TruncateExploit
from orion_pbt.explore import PerturbExplore
from orion_pbt.space import Categorical, Integer, Real, Space

SPACE = Space(
    [
        Real("/lr", low=1e-5, high=1, log=True),
        Integer("/n", low=1, high=64),
        Categorical("/c", (2,), choices=(None, (1, 2), [1, 2], 1, True, 1.0)),
    ]
)
RULE = PipelineExploit((BacktrackExploit(3, 0.8, 0.34), TruncateExploit(3, 0.67, 0.34)))


def make_engine(seed="s", generations=4, population_size=4):
    return Engine(SPACE, population_size, generations, RULE, PerturbExplore(), seed)


def restored(state, **settings):
    engine = make_engine(**settings)
    engine.restore(state)
    return engine


def facts(engine):
    """Return all that an engine knows, as text that tells 1, 1.0 and True apart."""
    history = engine._history
    return repr(
        [
            *[engine.state, list(engine.lineages), engine.pending, engine.waiting, engine.stopped],
            *[list(history.queue), history.missing_roots, history.roots_drawn, engine.is_done],
            *[history.roots_broken, history._guests, history._numbers],
        ]
    )


def advance(engine, number):
    """Ask for a member and tell a result of the oldest one, of which some break."""
    engine.ask(1)
    if engine.pending:
        key = engine.pending[0]
        if number % 7 == 6:
            engine.fail(key)
        else:
            engine.tell(key, [0.5, math.inf, math.nan, -1.0, 0.1 + 0.2][number % 5])


@pytest.fixture
def engine():
    """Return an engine in the middle of a run."""
    engine = make_engine()
    for number in range(16):
        advance(engine, number)
    engine.insert("guest", {"/lr": 0.1, "/n": 1, "/c": [None, True]})
    engine.ask(2)
    return engine


class TestRoundTrip:
    def test_is_exact_at_each_step_of_a_run(self):
        engine = make_engine()
        for number in range(40):
            state = engine.state
            assert facts(restored(json.loads(json.dumps(state)))) == facts(restored(state))
            assert restored(state).state == state
            assert repr(list(restored(state).lineages)) == repr(list(engine.lineages))
            advance(engine, number)
        assert engine.is_done

    def test_nothing_is_lost_but_the_reasons_to_wait(self, engine):
        other = restored(engine.state)
        assert other.waiting == {}
        other._history.queue.update(engine._history.queue)
        assert facts(other) == facts(engine)

    def test_is_plain_versioned_data(self, engine):
        assert list(engine.state) == ["schema", "seed", "log"]
        assert engine.state["schema"] == log.SCHEMA == 1
        assert all(type(value) in (int, str) for value in engine.state.values())

    def test_only_grows_at_its_end(self, engine):
        before = engine.state["log"]
        advance(engine, 0)
        assert engine.state["log"].startswith(before)
        assert len(engine.state["log"]) > len(before)

    def test_takes_a_few_hundred_bytes_a_trial(self):
        engine = make_engine(generations=30)
        number = 0
        while not engine.is_done:
            advance(engine, number)
            number += 1
        assert len(json.dumps(engine.state)) / len(engine.lineages) < 250

    def test_a_fork_that_differs_in_type_alone_is_kept(self):
        engine = make_engine()
        for key, value in (("a", 1), ("b", True)):
            engine.insert(key, {"/lr": 0.1, "/n": 1, "/c": [value, 1.0]})
        engine.tell("a", 0.0)
        engine._history.add_child("x", {"/lr": 0.1, "/n": 1, "/c": [True, 1]}, "a", None)
        for known in (engine, restored(engine.state)):
            assert repr(known.lineages["x"].params["/c"]) == "[True, 1]"

    def test_a_state_of_schema_1_is_read_for_ever(self):
        saved = {
            "schema": 1,
            "seed": "s",
            "log": '{"e":"root","k":"a","x":{"/lr":0.001,"/n":3,"/c":[0,2]}}\n'
            '{"e":"insert","k":"b","x":{"/lr":0.1,"/n":7,"/c":[5,4]}}\n'
            '{"e":"done","o":NaN,"i":0}\n'
            '{"e":"done","o":-0.5,"r":0.5,"i":1}\n'
            '{"e":"child","k":"c","p":1,"b":0,"x":{"/lr":0.12,"/n":8,"/c":[5,4]}}\n'
            '{"e":"child","k":"d","p":1}\n'
            '{"e":"broken","i":2}\n'
            '{"e":"stop","i":0,"why":"It broke."}\n',
        }
        engine = restored(saved)
        assert engine.pending == ["d"]
        assert engine.stopped == ["It broke."]
        assert engine.lineages["a"].params == {"/lr": 0.001, "/n": 3, "/c": [None, [1, 2]]}
        assert engine.lineages["b"].score == 0.5
        assert engine.lineages["c"].true_ancestor == "a"
        assert engine.lineages["d"].params is engine.lineages["b"].params
        assert engine.state == saved


class TestIncremental:
    def test_only_the_tail_is_read(self, engine, monkeypatch):
        other = restored(engine.state)
        before = engine.state["log"]
        advance(engine, 0)
        read = []
        original = log.read
        monkeypatch.setattr(log, "read", lambda text: read.append(text) or original(text))
        other.restore(engine.state)
        assert read == [engine.state["log"][len(before) :]]
        assert other.state == engine.state

    def test_what_is_known_is_kept_as_it_is(self, engine):
        other = restored(engine.state)
        known = list(other.lineages)
        other.restore(engine.state)
        assert all(a is b for a, b in zip(known, other.lineages))

    def test_an_older_state_takes_back_what_came_later(self, engine):
        state = engine.state
        expected = facts(restored(state))
        other = restored(state)
        for number in range(3):
            advance(other, number)
        other.restore(state)
        assert facts(other) == expected

    def test_a_state_of_another_run_replaces_all(self, engine):
        stranger = make_engine(seed="other")
        for number in range(5):
            advance(stranger, number)
        engine.restore(stranger.state)
        assert facts(engine) == facts(restored(stranger.state))
        assert engine.seed == "other"

    def test_a_new_seed_counts_for_further_decisions_only(self, engine):
        other = restored(engine.state)
        other.seed = "new"
        assert [member.key for member in other.lineages] == [m.key for m in engine.lineages]
        assert other.state == {**engine.state, "seed": "new"}
        fresh = make_engine(seed="a"), make_engine(seed="b")
        fresh[0].seed = "b"
        assert fresh[0].ask(4) == fresh[1].ask(4)


def line(text):
    return lambda state: {**state, "log": state["log"] + text + "\n"}


BAD = {
    "not a mapping": lambda state: "nonsense",
    "no schema": lambda state: {"seed": state["seed"], "log": state["log"]},
    "another schema": lambda state: {**state, "schema": 2},
    "no log": lambda state: {"schema": 1, "seed": state["seed"]},
    "no seed": lambda state: {"schema": 1, "log": state["log"]},
    "a log of bytes": lambda state: {**state, "log": state["log"].encode()},
    "a cut off end": lambda state: {**state, "log": state["log"] + '{"e":"st'},
    "an unknown event": line('{"e":"rename","i":0}'),
    "an event of a list": line('{"e":[]}'),
    "a number too high": line('{"e":"broken","i":999}'),
    "a negative number": line('{"e":"broken","i":-1}'),
    "a number of a text": line('{"e":"broken","i":"0"}'),
    "no number": line('{"e":"broken"}'),
    "a second result": line('{"e":"done","i":0,"o":1.0}'),
    "an objective of a text": line('{"e":"done","i":LAST,"o":"low"}'),
    "an objective beyond floats": line('{"e":"done","i":LAST,"o":1' + "0" * 400 + "}"),
    "a reported text": line('{"e":"done","i":LAST,"o":1.0,"r":"low"}'),
    "no objective": line('{"e":"done","i":LAST,"o":null}'),
    "a key that is taken": line('{"e":"root","k":"guest","x":{}}'),
    "an unknown dimension": line('{"e":"root","k":"new","x":{"/other":1}}'),
    "an unknown choice": line('{"e":"root","k":"new","x":{"/c":[0,99]}}'),
    "values that are a list": line('{"e":"root","k":"new","x":[1]}'),
    "a child of a pending member": line('{"e":"child","k":"new","p":LAST}'),
    "a child of nobody": line('{"e":"child","k":"new","p":null}'),
    "a stop of a pending member": line('{"e":"stop","i":LAST,"why":"?"}'),
    "a good event before a bad one": line('{"e":"broken","i":LAST}\n{"e":"broken","i":LAST}'),
}


class TestBadStates:
    @pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
    @pytest.mark.parametrize("seed", ["s", "foreign"])
    def test_leave_the_engine_unchanged(self, engine, spoil, seed):
        last = len(engine.lineages) - 1
        before, state = facts(engine), {**engine.state, "seed": seed}
        bad = spoil(state)
        if isinstance(bad, dict) and isinstance(bad.get("log"), str):
            bad["log"] = bad["log"].replace("LAST", str(last))
        with pytest.raises(StateError):
            engine.restore(bad)
        assert facts(engine) == before
        advance(engine, 0)  # and it can go on
        assert restored(engine.state).state == engine.state

    def test_another_schema_is_named_with_the_remedy(self, engine):
        with pytest.raises(
            StateError, match="has schema 2, and .* reads schema 1. Use the version"
        ):
            engine.restore({**engine.state, "schema": 2})

    def test_an_impossible_event_is_shown(self, engine):
        with pytest.raises(StateError, match=r"impossible event: \{'e': 'broken', 'i': 999\}"):
            engine.restore(BAD["a number too high"](engine.state))

    @given(st.data())
    def test_any_damage_is_refused_as_a_whole_or_read(self, data):
        engine = make_engine()
        for number in range(8):
            advance(engine, number)
        text = engine.state["log"]
        place = data.draw(st.integers(0, len(text) - 1))
        length = data.draw(st.integers(0, 40))
        put = data.draw(st.text('{}[],:"0129-.\n e', max_size=5))
        damaged = text[:place] + put + text[place + length :]
        other = restored(engine.state)
        before = facts(other)
        try:
            other.restore({**engine.state, "log": damaged})
        except StateError:
            assert facts(other) == before
        else:
            assert other.state["log"] == damaged

    def test_values_that_cannot_be_saved_are_refused_before_anything_changes(self, engine):
        before = facts(engine)
        with pytest.raises(TypeError, match="not JSON serializable"):
            engine.insert("new", {"/lr": 1j, "/n": 1, "/c": [None, None]})
        with pytest.raises(ValueError, match="not in tuple"):
            engine.insert("new", {"/lr": 0.1, "/n": 1, "/c": [None, "unknown"]})
        assert facts(engine) == before


def test_a_line_of_100000_generations_is_read():
    count = 100_000
    events = ['{"e":"root","k":"0","x":{"/lr":0.1,"/n":1,"/c":[0,0]}}\n']
    for number in range(1, count):
        events.append(f'{{"e":"done","o":{number}.0,"i":{number - 1}}}\n')
        events.append(f'{{"e":"child","k":"{number}","p":{number - 1}}}\n')
    engine = restored({"schema": 1, "seed": "s", "log": "".join(events)}, generations=count)
    assert engine.pending == [str(count - 1)]
    assert len(engine.lineages.line(engine.pending[0])) == count
    engine.tell(engine.pending[0], 0.5)
    engine.ask(4)
    engine.tell(engine.pending[-1], 0.0)
    assert engine.lineages.best().score == 0.0
