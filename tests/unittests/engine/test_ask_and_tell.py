"""Tests of ask and tell in a healthy run."""

from __future__ import annotations

import itertools
import math

import pytest

from orion_pbt.engine import Engine
from orion_pbt.errors import ConfigurationError, UnknownMember
from orion_pbt.exploit import CopyFrom, Exploit, Keep, TruncateExploit, Wait
from orion_pbt.explore import Explore, PerturbExplore
from orion_pbt.population import Status
from orion_pbt.space import Categorical, Real, Space

SPACE = Space([Real("/lr", low=1e-5, high=1, log=True)])
TOGETHER = TruncateExploit(4, 0.75, 0.25)
"""Decides when all four have completed a generation."""


class Told(Exploit):
    """Decides what it was told for a member, else keeps it."""

    def __init__(self, **decisions):
        self.decisions = decisions

    def __call__(self, rng, member, lineages):
        return self.decisions.get(member.key, Keep())


class Doubles(Explore):
    def __call__(self, rng, space, params, fork):
        return {name: 2 * value for name, value in params.items()}


def make_engine(exploit=TOGETHER, explore=None, size=4, generations=2, **settings):
    return Engine(SPACE, size, generations, exploit, explore or PerturbExplore(), **settings)


def with_roots(exploit, *roots, **settings):
    """Return an engine with completed roots; the first has lr and objective 0.1, the next 0.2."""
    engine = make_engine(exploit, **{"size": len(roots), **settings})
    for place, key in enumerate(roots, 1):
        engine.insert(key, {"/lr": place / 10})
        engine.tell(key, place / 10)
    return engine


def key_by_origin(params, generation, parent, base):
    return f"{parent or 'root'}>{generation}" + (f"({base})" if base else "")


class TestRoots:
    def test_as_many_as_are_asked_for_up_to_the_population(self):
        engine = make_engine()
        assert [len(engine.ask(count)) for count in (1, 2, 5, 5)] == [1, 2, 1, 0]
        members = list(engine.lineages)
        assert {member.generation for member in members} == {0}
        assert len({member.params["/lr"] for member in members}) == 4
        assert engine.pending == [member.key for member in members]

    def test_are_the_same_however_they_are_asked_for(self):
        one, other = make_engine(seed="3"), make_engine(seed="3")
        assert one.ask(4) == [member for _ in range(4) for member in other.ask(1)]
        assert make_engine(seed="4").ask(4) != one.lineages

    def test_never_the_same_point_twice(self):
        space = Space([Categorical("/c", choices=("a", "b", "c"), probabilities=(0.9, 0.05, 0.05))])
        engine = Engine(space, 3, 1, TruncateExploit(2, 0.5, 0.5), None)
        assert {member.params["/c"] for member in engine.ask(3)} == {"a", "b", "c"}


class TestDecisions:
    def test_keep_hands_everything_on(self):
        engine = with_roots(Told(), "a", "b")
        child, _ = engine.ask(2)
        assert (child.parent, child.base, child.generation) == ("a", None, 1)
        assert child.params == {"/lr": 0.1}
        assert child.status is Status.PENDING

    def test_trap_4_weights_and_hyperparameters_are_copied_together(self):
        engine = with_roots(Told(b=CopyFrom("a")), "a", "b", explore=Doubles())
        child = engine.ask(2)[1]
        assert (child.parent, child.base, child.generation) == ("a", "b", 1)
        assert child.params == {"/lr": 0.2}  # those of a, and then explored

    def test_only_copies_are_explored(self):
        engine = with_roots(Told(b=CopyFrom("a")), "a", "b", explore=Doubles())
        assert [member.params["/lr"] for member in engine.ask(2)] == [0.1, 0.2]

    def test_trap_5_the_donor_is_not_drawn_again(self):
        for donor in "abd":
            engine = with_roots(Told(c=CopyFrom(donor)), "a", "b", "c", "d")
            (child,) = (member for member in engine.ask(4) if member.base == "c")
            assert child.parent == donor

    def test_wait_is_asked_again_and_says_why(self):
        rule = Told(a=Wait("b to wake up"), b=Keep())
        engine = with_roots(rule, "a", "b")
        assert [member.parent for member in engine.ask(2)] == ["b"]
        assert engine.waiting == {"a": "b to wake up"}
        assert engine.ask(2) == []
        rule.decisions["a"] = Keep()
        assert [member.parent for member in engine.ask(2)] == ["a"]
        assert engine.waiting == {}

    def test_each_member_is_decided_once(self):
        engine = with_roots(Told(), "a", "b", key_of=key_by_origin)
        assert [member.key for member in engine.ask(9)] == ["a>1", "b>1"]
        assert engine.ask(9) == []

    def test_a_copy_goes_back_to_the_generation_of_its_donor(self):
        engine = with_roots(Told(**{"b>1": CopyFrom("a")}), "a", "b", key_of=key_by_origin)
        for member in engine.ask(2):
            engine.tell(member.key, 0.0)
        assert [(m.key, m.generation) for m in engine.ask(2)] == [("a>1>2", 2), ("a>1(b>1)", 1)]

    def test_a_fork_never_takes_the_place_of_its_donors_own_next_trial(self):
        class Hesitates(Explore):
            """Changes nothing at first."""

            calls = 0

            def __call__(self, rng, space, params, fork):
                self.calls += 1
                return {name: self.calls * value for name, value in params.items()}

        # Under Oríon the key does not depend on the base.
        engine = with_roots(
            Told(a=CopyFrom("b")),
            *["b", "a"],
            explore=Hesitates(),
            key_of=lambda params, generation, parent, base: f"{parent} {params}",
        )
        fork, own = engine.ask(2)
        assert (fork.base, own.base) == ("a", None)
        assert own.params == engine.lineages["b"].params
        assert fork.params == {"/lr": 2 * own.params["/lr"]}

    def test_many_forks_of_one_donor_all_differ(self):
        # A single number can only go up or down; what exists already is varied once more.
        engine = with_roots(
            Told(**dict.fromkeys("bcde", CopyFrom("a"))),
            *"abcde",
            explore=PerturbExplore(2, 0),
            key_of=lambda params, generation, parent, base: f"{parent} {params}",
        )
        members = engine.ask(5)
        assert [member.parent for member in members] == ["a"] * 5
        values = {member.params["/lr"] for member in members}
        assert len(values) == 5
        assert {0.05, 0.1, 0.2} < values

    def test_keeps_where_no_variation_is_new(self):
        space = Space([Categorical("/c", choices=("x", "y"))])

        class Stuck(Explore):
            def __call__(self, rng, space, params, fork):
                return dict(params)

        engine = Engine(
            *(space, 2, 1, Told(b=CopyFrom("a")), Stuck()),
            key_of=lambda params, generation, parent, base: f"{parent} {params}",
        )
        for key, choice in (("a", "x"), ("b", "y")):
            engine.insert(key, {"/c": choice})
            engine.tell(key, 0.0)
        assert [(member.parent, member.base) for member in engine.ask(2)] == [
            *[("a", None), ("b", None)]
        ]

    def test_without_an_operator_a_copy_is_exact(self):
        engine = Engine(SPACE, 2, 1, Told(b=CopyFrom("a")), None)
        for key in "ab":
            engine.insert(key, {"/lr": 0.1 if key == "a" else 0.2})
            engine.tell(key, 0.0)
        fork = engine.ask(2)[1]
        assert (fork.parent, fork.base, fork.params) == ("a", "b", {"/lr": 0.1})


class TestResults:
    def test_a_result_counts_once(self):
        engine = with_roots(Told(), "a", "b")
        assert engine.tell("a", 9.0) is False
        assert engine.fail("a") is False
        assert engine.lineages["a"].objective == 0.1
        child = engine.ask(1)[0]
        assert engine.fail(child.key) is True
        assert engine.tell(child.key, 0.0) is False
        assert engine.lineages[child.key].status is Status.BROKEN

    def test_what_was_reported_is_kept_beside_what_is_minimised(self):
        engine = make_engine()
        key = engine.ask()[0].key
        engine.tell(key, -0.9, reported=0.9)
        assert (engine.lineages[key].objective, engine.lineages[key].score) == (-0.9, 0.9)

    def test_an_unknown_member_is_named(self):
        engine = make_engine()
        for settle in (lambda: engine.tell("q", 0.0), lambda: engine.fail("q")):
            with pytest.raises(UnknownMember, match="No member 'q'"):
                settle()


class TestEnd:
    def test_when_the_whole_population_completed_the_last_generation(self):
        engine = make_engine()
        while not engine.is_done:
            assert engine.lineages.count_at(2) < 4
            for member in engine.ask(4):
                engine.tell(member.key, member.params["/lr"])
        assert [engine.lineages.count_at(generation) for generation in range(3)] == [4, 4, 4]
        assert engine.ask(4) == []
        assert engine.stopped == []
        assert engine.pending == []

    @pytest.mark.parametrize("objective", [math.nan, math.inf, -math.inf, 0.0])
    def test_whatever_all_of_them_report(self, objective):
        engine = make_engine(generations=3)
        for _ in range(4):
            for member in engine.ask(4):
                engine.tell(member.key, objective)
        assert engine.is_done
        assert len(engine.lineages) == 16

    def test_with_the_smallest_population_and_one_generation(self):
        engine = make_engine(TruncateExploit(2, 0.5, 0.5), size=2, generations=1)
        for place, member in enumerate(engine.ask(2)):
            engine.tell(member.key, float(place))
        kept, fork = engine.ask(2)
        assert fork.parent == kept.parent
        for member in (kept, fork):
            engine.tell(member.key, 0.0)
        assert engine.is_done

    def test_one_worker_is_enough(self):
        engine = make_engine(generations=3)
        for _ in range(16):
            (member,) = engine.ask(1)
            engine.tell(member.key, member.params["/lr"])
        assert engine.is_done


class TestInserted:
    def test_a_root_of_the_users_own_takes_the_place_of_one_to_be_drawn(self):
        engine = make_engine()
        engine.insert("mine", {"/lr": 0.5})
        assert len(engine.ask(9)) == 3
        assert engine.pending[0] == "mine"
        engine.tell("mine", 0.0)
        assert engine.lineages.roots[0].item.key == "mine"

    def test_insertion_is_told_once(self):
        engine = make_engine()
        assert engine.insert("mine", {"/lr": 0.5}) is engine.insert("mine", {"/lr": 0.9})
        assert len(engine.ask(9)) == 3

    def test_drawn_roots_are_the_same_beside_it(self):
        one, other = make_engine(), make_engine()
        one.insert("mine", {"/lr": 0.5})
        assert one.ask(3) == other.ask(3)

    def test_there_are_not_more_than_the_population_has_members(self):
        engine = make_engine()
        engine.ask(4)
        for number in range(4):
            assert engine.insertable_roots == 4 - number
            engine.insert(f"guest {number}", {"/lr": 0.5})
        engine.insert("guest 3", {"/lr": 0.5})  # is there
        before = engine.state
        with pytest.raises(ConfigurationError) as caught:
            engine.insert("one more", {"/lr": 0.5})
        assert str(caught.value) == (
            "Root 'one more' is one too many: a population of 4 takes as many inserted roots, and "
            "has them. Raise population_size."
        )
        assert engine.state == before

    def test_a_guest_is_there_to_be_copied_only(self):
        engine = make_engine()
        roots = engine.ask(4)
        engine.insert("guest", {"/lr": 0.5})
        engine.tell("guest", -9.0)
        for member in roots:
            engine.tell(member.key, member.params["/lr"])
        children = engine.ask(9)
        assert len(children) == 4
        assert "guest" not in [child.true_ancestor for child in children]
        worst = sorted(roots, key=lambda member: member.params["/lr"])[2:]
        forks = {child.base for child in children if child.parent == "guest"}
        assert forks == {member.key for member in worst}

    @pytest.mark.parametrize("is_completed", [True, False])
    def test_a_guest_takes_the_place_of_a_root_that_breaks(self, is_completed):
        engine = make_engine(Told())
        roots = engine.ask(4)
        engine.insert("guest", {"/lr": 0.5})
        if is_completed:
            engine.tell("guest", 0.0)
        engine.fail(roots[0].key)
        if not is_completed:
            assert engine.ask(9) == []
            engine.tell("guest", 0.0)
        (child,) = engine.ask(9)
        assert child.parent == "guest"

    def test_a_guest_that_breaks_is_forgotten(self):
        engine = make_engine(Told())
        engine.ask(4)
        engine.insert("guest", {"/lr": 0.5})
        engine.fail("guest")
        assert engine.ask(9) == []
        engine.fail(engine.pending[0])
        (root,) = engine.ask(9)
        assert root.generation == 0


class TestOrder:
    """Trap 9 and the order of arrival."""

    @pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
    def test_the_order_of_results_makes_no_difference(self, order):
        def run(*orders):
            engine = make_engine(generations=2)
            for arrival in orders:
                members = engine.ask(4)
                members.sort(key=lambda member: member.params["/lr"])
                for place in arrival:
                    engine.tell(members[place].key, members[place].params["/lr"] % 0.01)
            return {(m.key, m.parent, m.base, m.params["/lr"]) for m in engine.lineages}

        straight = run(*[range(4)] * 3)
        assert run(order, order[::-1], order) == straight
        assert len(straight) == 12

    def test_nor_does_the_number_of_workers(self):
        def run(workers):
            engine = make_engine(generations=3)
            running = []
            while not engine.is_done:
                running += engine.ask(workers - len(running))
                member = running.pop(0)
                engine.tell(member.key, member.params["/lr"] % 0.01)
            return {(m.key, m.parent, m.base) for m in engine.lineages}

        assert run(1) == run(2) == run(3) == run(4)

    def test_trap_9_nobody_waits_for_those_that_are_slow(self):
        engine = make_engine(TruncateExploit(2, 0.5, 0.5), generations=3)
        members = engine.ask(4)
        slow = members.pop()
        while members:
            member = members.pop(0)
            engine.tell(member.key, member.params["/lr"])
            members += engine.ask(9)
        assert [engine.lineages.count_at(generation) for generation in range(4)] == [3, 3, 3, 3]
        assert engine.pending == [slow.key]


class TestSettings:
    @pytest.mark.parametrize("size", [1, 0, -3, 2.0, True, None])
    def test_a_population_below_two_is_refused(self, size):
        with pytest.raises(ConfigurationError, match=f"population_size is {size}, but members"):
            make_engine(size=size)

    def test_the_rule_is_checked_against_the_population(self):
        with pytest.raises(ConfigurationError, match="min_forking_population is 4.*= 3"):
            make_engine(size=3)

    def test_an_empty_space_is_refused(self):
        with pytest.raises(ConfigurationError, match="needs a hyperparameter beside the fidelity"):
            Engine(Space([]), 4, 2, TOGETHER, None)

    def test_a_space_with_too_few_points_is_refused(self):
        space = Space([Categorical("/c", choices=(1, 2, 3))])
        with pytest.raises(ConfigurationError, match="population_size is 4.* only 3 points"):
            Engine(space, 4, 2, TOGETHER, None)
