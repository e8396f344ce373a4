"""Tests of what happens where trials break: nothing is lost, and nothing goes on for ever."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orion_pbt.engine import Engine
from orion_pbt.exploit import BacktrackExploit, Exploit, Keep, PipelineExploit, TruncateExploit
from orion_pbt.explore import PerturbExplore, PipelineExplore, ResampleExplore
from orion_pbt.population import Status
from orion_pbt.space import Categorical, Integer, Real, Space

SPACE = Space([Real("/lr", low=1e-5, high=1, log=True)])


class Keeps(Exploit):
    """Lets every member go on at once."""

    def __call__(self, rng, member, lineages):
        return Keep()


KEEPS = TruncateExploit(2, 1, 0.5)
"""Lets every member go on as soon as two are completed."""


def make_engine(exploit=KEEPS, size=3, generations=2, **settings):
    return Engine(SPACE, size, generations, exploit, PerturbExplore(), **settings)


def train(engine, members, objective=0.0):
    for member in members:
        engine.tell(member.key, objective)


def with_roots(*roots, **settings):
    """Return an engine with completed roots, of which the first is the best."""
    engine = make_engine(**{"size": len(roots), **settings})
    for place, key in enumerate(roots, 1):
        engine.insert(key, {"/lr": place / 10})
        engine.tell(key, float(place))
    return engine


def successors(engine, key):
    return [(member.parent, member.base) for member in engine.lineages.successors(key)]


class TestRoots:
    def test_a_broken_one_is_replaced_by_a_fresh_sample(self):
        engine = make_engine()
        broken, *others = engine.ask(3)
        engine.fail(broken.key)
        (fresh,) = engine.ask(3)
        assert (fresh.generation, fresh.parent, fresh.base) == (0, None, None)
        assert fresh.params not in [member.params for member in (broken, *others)]

    def test_they_are_replaced_a_bounded_number_of_times(self):
        engine = make_engine(max_retries=2)
        while members := engine.ask(1):
            engine.fail(members[0].key)
        assert len(engine.lineages) == 3 * 2 + 1
        assert engine.stopped == ["No root could be trained: 7 of them broke."] * 3
        assert engine.is_done

    def test_where_the_prior_has_no_more_points_it_is_said(self):
        space = Space([Categorical("/c", choices=("a", "b"))])
        engine = Engine(space, 2, 1, KEEPS, PerturbExplore())
        broken, other = engine.ask(2)
        engine.fail(broken.key)
        assert engine.ask(2) == []
        assert engine.stopped == ["1000 draws from the prior gave no new root."]
        assert engine.pending == [other.key]


class TestChildren:
    def test_the_true_ancestor_is_decided_again(self):
        engine = with_roots("a", "b", "c")
        child = engine.ask(1)[0]
        assert successors(engine, "a") == [("a", None)]
        engine.fail(child.key)
        assert "a" in engine._history.queue

    def test_going_on_again_is_a_variation(self):
        engine = with_roots("a", "b", "c")
        children = engine.ask(3)
        engine.fail(children[0].key)
        (again,) = engine.ask(3)
        assert (again.parent, again.base, again.generation) == ("a", None, 1)
        assert again.params != engine.lineages["a"].params
        assert again.key != children[0].key

    def test_a_broken_fork_sends_back_the_member_that_it_replaced(self):
        engine = with_roots("a", "b", "c", exploit=TruncateExploit(3, 0.67, 0.34))
        *_, fork = engine.ask(3)
        assert (fork.parent, fork.base) == ("a", "c")
        engine.fail(fork.key)
        (again,) = engine.ask(3)
        assert (again.parent, again.base) == ("a", "c")
        assert again.key != fork.key

    def test_a_broken_fork_draws_its_donor_anew(self):
        engine = with_roots("a", "b", "c", "d", exploit=TruncateExploit(4, 0.75, 0.5))
        (fork,) = (member for member in engine.ask(4) if member.base == "d")
        donors = [fork.parent]
        for _ in range(3):
            engine.fail(fork.key)
            (fork,) = engine.ask(4)
            donors.append(fork.parent)
        assert set(donors) == {"a", "b"}

    def test_then_it_copies_another_and_then_it_is_given_up(self):
        engine = with_roots("a", "b", "c", max_retries=2)
        children = {child.parent: child for child in engine.ask(3)}
        train(engine, [children["a"], children["b"]])
        child = children["c"]
        for _ in range(20):
            engine.fail(child.key)
            news = [member for member in engine.ask(9) if member.true_ancestor == "c"]
            if not news:
                break
            (child,) = news
        tries = successors(engine, "c")
        assert tries[:3] == [("c", None)] * 3  # the first one, and two retries
        assert [base for _, base in tries[3:]] == ["c"] * 2  # copies
        assert {parent for parent, _ in tries[3:]} <= {"a"}  # the best of its peers
        assert engine.stopped == ["Member c was given up: 5 next trials broke."]

    def test_copying_another_waits_until_there_is_one(self):
        engine = make_engine(Keeps(), max_retries=1)
        first, diverged, slow = engine.ask(3)
        train(engine, [first])
        for _ in range(2):  # it goes on, and goes on with a variation
            (child,) = engine.ask(1)
            engine.fail(child.key)
        train(engine, [diverged], math.nan)  # nobody copies NaN
        (own,) = engine.ask(9)
        assert own.parent == diverged.key
        assert engine.waiting == {first.key: "another member to complete generation 0"}
        train(engine, [slow])
        copy = engine.ask(9)[0]
        assert (copy.parent, copy.base) == (slow.key, first.key)

    def test_all_others_go_on_without_it(self):
        engine = with_roots("a", "b", "c", generations=3)
        while not engine.is_done:
            for member in engine.ask(1):
                if engine.lineages.line(member.key)[0].key == "c":
                    engine.fail(member.key)
                else:
                    engine.tell(member.key, 0.0)
        assert engine.lineages.count_at(3) == 2
        assert len(engine.stopped) == 1


class TestDeadlock:
    """Trap 9: those that wait for peers that will never come go on without them."""

    RULE = TruncateExploit(3, 0.67, 0.34)

    def without_c(self, **settings):
        """Return an engine whose line c was given up, with a and b at generation 1."""
        engine = with_roots("a", "b", "c", exploit=self.RULE, **settings)
        for _ in range(100):
            for member in engine.ask(9):
                if member.true_ancestor == "c":
                    engine.fail(member.key)
                elif member.generation == 1:
                    engine.tell(member.key, 0.0)
                else:
                    return engine, member
        raise AssertionError("Nobody went on to generation 2.")

    def test_they_wait_as_long_as_anyone_is_trained(self):
        engine = with_roots("a", "b", "c", exploit=self.RULE)
        children = engine.ask(3)
        train(engine, children[:2])
        assert engine.ask(9) == []
        assert set(engine.waiting.values()) == {"1 more to complete generation 1"}

    def test_then_they_are_released(self):
        engine, member = self.without_c()
        assert engine.lineages.count_at(1) == 2
        assert (member.generation, member.base) == (2, None)
        assert engine.stopped == ["Member c was given up: 7 next trials broke."]

    def test_and_can_break_as_often_as_before(self):
        engine, member = self.without_c(max_retries=3)
        ancestor = member.true_ancestor
        while engine.pending:
            for key in engine.pending:
                if engine.lineages[key].true_ancestor == ancestor:
                    engine.fail(key)
                else:
                    engine.tell(key, 0.0)
            engine.ask(9)
        assert len(engine.lineages.successors(ancestor)) > 3
        assert len(engine.stopped) == 2
        assert engine.is_done

    def test_all_that_were_asked_for_are_found_behind_those_given_up(self):
        engine = make_engine(TruncateExploit(4, 0.75, 0.25), size=4, max_retries=0)
        first, *others = engine.ask(4)
        train(engine, [first])
        train(engine, others, math.nan)
        children = engine.ask(4)
        (child,) = (c for c in children if c.true_ancestor == first.key)
        children.remove(child)
        engine.fail(child.key)  # there is nobody to copy for the first one: it waits for ever
        train(engine, children)
        released = [member.parent for member in engine.ask(2)]
        assert released == sorted(c.key for c in children)[:2]
        assert engine.stopped == [f"Member {first.key} was given up: 1 next trials broke."]


def test_a_stale_reason_to_wait_is_not_given_for_giving_up():
    engine = Engine(
        *(Space([Categorical("/c", choices=("x", "y"))]), 2, 2, KEEPS, PerturbExplore()),
        max_retries=5,
    )
    first, second = engine.ask(2)
    engine.tell(first.key, 0.0)
    assert engine.ask(2) == []  # waits for the second one
    assert first.key in engine.waiting
    engine.tell(second.key, 0.0)
    while engine.stopped == []:
        for member in engine.ask(2):
            engine.fail(member.key)
    assert "there is no hope for a next trial that is new" in engine.stopped[0]


MIXED = Space(
    [
        Real("/lr", low=1e-5, high=1, log=True),
        Integer("/n", low=0, high=3),
        Categorical("/c", choices=("a", None, (1, 2))),
    ]
)
RULES = {
    "truncate": lambda size: TruncateExploit(max(2, size // 2), 0.7, 0.5),
    "all together": lambda size: TruncateExploit(size, 0.5, 0.5),
    "backtrack": lambda size: BacktrackExploit(max(2, size // 2), 0.5, 0.5),
    "both": lambda size: PipelineExploit(
        (BacktrackExploit(2, 0.6, 0.5), TruncateExploit(size, 0.6, 0.5))
    ),
}


def lines_alive(engine):
    """Return the number of lines that are neither finished nor given up."""
    history = engine._history
    pending = [key for key in history.pending if key not in history._guests]
    return history.missing_roots + len(pending) + len(history.queue)


def run_through_trouble(space, rule, size, generations, p_broken, seed, explore):
    """Run to the end with random failures, workers, order, guests and restarts; check each step."""
    rng = numpy.random.default_rng(seed)

    def make():
        return Engine(space, size, generations, RULES[rule](size), explore, str(seed))

    engine = make()
    retries = engine.max_retries
    bound = size * (retries + 2) + 4 * size * (generations + 1) * (2 * retries + 1)
    idle = 0
    while not engine.is_done:
        if rng.random() < 0.1:
            state = engine.state
            engine = make()
            engine.restore(state)
        if rng.random() < 0.02 and engine.insertable_roots:
            engine.insert(f"guest {len(engine.lineages)}", space.sample(rng))
        asked = engine.ask(int(rng.integers(1, size + 2)))
        pending = engine.pending
        idle = 0 if asked or pending else idle + 1
        assert idle <= size, "Nobody is trained, and nobody is asked for."
        if pending:
            key = pending[int(rng.integers(len(pending)))]
            if rng.random() < p_broken:
                engine.fail(key)
            else:
                engine.tell(key, float(rng.choice([rng.normal(), 0.0, math.inf, math.nan])))
        finished = engine.lineages.count_at(generations)
        assert lines_alive(engine) + finished + len(engine.stopped) == size
        assert len(engine.lineages) <= bound + engine.lineages.count_at(0), "It goes on for ever."
    return engine


def check_population(engine, space, size, generations):
    lineages = engine.lineages
    assert lineages.count_at(generations) + len(engine.stopped) == size
    for member in lineages:
        if member.parent is None:
            assert member.generation == 0
        else:
            assert member.generation == lineages[member.parent].generation + 1
            assert lineages[member.parent].status is Status.COMPLETED
            assert lineages[member.true_ancestor].status is Status.COMPLETED
        unbroken = [m for m in lineages.successors(member.key) if m.status is not Status.BROKEN]
        assert len(unbroken) <= 1  # a line does not branch
        assert list(member.params) == list(space)
        for name, dimension in space.items():
            assert dimension.tidy(member.params[name]) == member.params[name]


@settings(max_examples=60)
@given(
    rule=st.sampled_from(sorted(RULES)),
    size=st.integers(2, 5),
    generations=st.integers(1, 5),
    p_broken=st.sampled_from([0.0, 0.1, 0.4, 0.8, 1.0]),
    seed=st.integers(0, 2**32),
    is_small=st.booleans(),
)
def test_any_run_ends_with_the_population_or_says_why_not(
    rule, size, generations, p_broken, seed, is_small
):
    space = Space([MIXED["/n"], MIXED["/c"]]) if is_small else MIXED
    explore = PipelineExplore((ResampleExplore(0.2), PerturbExplore(1.5)))
    engine = run_through_trouble(space, rule, size, generations, p_broken, seed, explore)
    check_population(engine, space, size, generations)
    if p_broken == 0 and not is_small:
        assert engine.stopped == []
    if p_broken == 1:
        assert len(engine.stopped) == size


@pytest.mark.slow
@pytest.mark.parametrize("rule", sorted(RULES))
def test_larger_runs_end_too(rule):
    for seed in range(30):
        explore = PipelineExplore((ResampleExplore(0.2), PerturbExplore(1.5)))
        engine = run_through_trouble(MIXED, rule, 12, 12, 0.15, seed, explore)
        check_population(engine, MIXED, 12, 12)
