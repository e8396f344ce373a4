"""What goes is never asked for again, and what stays is not much."""

from __future__ import annotations

import heapq
import math
import random

import numpy
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orion_pbt.checkpoints import Outlook, Policy, judge, needed
from orion_pbt.checkpoints.outlook import DONORS
from orion_pbt.engine import Barrier, Engine
from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import (
    EXPLOITS,
    BacktrackExploit,
    CopyFrom,
    Exploit,
    FireExploit,
    Keep,
    MFExploit,
    PipelineExploit,
    RestartExploit,
    TournamentExploit,
    TruncateExploit,
    TTestExploit,
)
from orion_pbt.explore import PerturbExplore
from orion_pbt.population import Status
from orion_pbt.space import Real, Space


class Oldest(Exploit):
    """A user's own rule: copies the oldest member that there is."""

    def __call__(self, rng, member, lineages):
        first = next(other for other in lineages if other.status is Status.COMPLETED)
        return CopyFrom(first.key) if member.generation else Keep()


BACKTRACK = BacktrackExploit(2, 0.5, 0.5, max_backtracks=2)
TRUNCATE = TruncateExploit(2, 0.5, 0.5)
RULES = {
    "truncate": TRUNCATE,
    "synchronous": TRUNCATE,
    "quorum": TRUNCATE,
    "overlap": TruncateExploit(2, 0.5, 1.0),
    "narrow": TruncateExploit(3, 0.75, 0.34),
    "backtrack": BACKTRACK,
    "both": PipelineExploit((BACKTRACK, TRUNCATE)),
    "tournament": TournamentExploit(2),
    "t-test": TTestExploit(2, evaluations=2, alpha=0.9),
    "mf": MFExploit((1, 3)),
    "mf and backtrack": PipelineExploit((BACKTRACK, MFExploit((2, 3)))),
    "restart": RestartExploit(patience=1),
    "fire": FireExploit(evaluation=2),
    "own": Oldest(),
}
SIZES = {"mf": 8, "mf and backtrack": 8, "fire": 8, "restart": 8}
"""Of the populations of rules that four members are too few for."""
BARRIERS = {"synchronous": Barrier(), "quorum": Barrier(0.5)}


def space():
    return Space([Real("lr", (), lambda rng: float(rng.random()), 0.0, 1.0, False, 1.0, None)])


def make(rule, generations=5, seed="0"):
    size = SIZES.get(rule, 4)
    return Engine(
        space(),
        size,
        generations,
        RULES[rule],
        PerturbExplore(),
        seed,
        max_retries=1,
        barrier=BARRIERS.get(rule),
    )


class Run:
    """An engine and the checkpoints that are left of what its members trained."""

    def __init__(self, engine, policy=None):
        self.engine = engine
        self.policy = Policy() if policy is None else policy
        self.present = set()
        self.gone = set()
        self.peak = 0

    def ask(self, count=1):
        for member in self.engine.ask(count):
            self.check(member)

    def check(self, member):
        """Check that a trial may start: what it starts from is there."""
        assert member.parent is None or member.parent in self.present, member

    def train(self, key):
        self.check(self.engine.lineages[key])
        self.present.add(key)
        self.peak = max(self.peak, len(self.present))

    def collect(self, engine=None):
        verdicts = judge(
            Outlook.of(engine or self.engine), dict.fromkeys(self.present), self.policy
        )
        self.gone |= {verdict.key for verdict in verdicts if not verdict.stays}
        self.present -= self.gone


OBJECTIVES = st.one_of(st.floats(0, 10), st.sampled_from([math.nan, math.inf, 1.0]))
EVENTS = st.one_of(
    st.tuples(st.just("ask"), st.integers(1, 4)),
    st.tuples(st.just("done"), st.integers(0, 9), OBJECTIVES),
    st.tuples(st.just("break"), st.integers(0, 9)),
    st.tuples(st.just("insert"), st.floats(0, 1), OBJECTIVES),
    st.tuples(st.just("snapshot")),
    st.tuples(st.just("collect late")),
)


def play(run, event, snapshots):
    engine = run.engine
    pending = engine.pending
    if event[0] == "ask":
        run.ask(event[1])
    elif event[0] in ("done", "break") and pending:
        key = pending[event[1] % len(pending)]
        run.train(key)
        if event[0] == "done":
            engine.tell(key, event[2])
        else:
            engine.fail(key)
    elif event[0] == "insert" and engine.insertable_roots:
        key = f"guest {event[1]}"
        engine.insert(key, {"lr": event[1]})
        engine.tell(key, event[2])
        run.present |= {key} - run.gone
    elif event[0] == "snapshot":
        snapshots.append(engine.state)
    elif event[0] == "collect late" and snapshots:
        # Another worker's collector, with a view of the population that is out of date.
        other = Engine(
            space(),
            engine.population_size,
            engine.generations,
            engine.exploit,
            PerturbExplore(),
            max_retries=engine.max_retries,
            barrier=engine.barrier,
        )
        other.restore(snapshots.pop(0))
        run.collect(other)
    run.collect()


@pytest.mark.parametrize("rule", sorted(RULES))
@given(events=st.lists(EVENTS, max_size=80), seed=st.integers(0, 99))
@example(events=[], seed=503)  # a fork that went back breaks, and its base goes back once more
@settings(max_examples=60, deadline=None)
def test_nothing_goes_that_is_asked_for_later(rule, events, seed):
    run = Run(make(rule, seed=str(seed)))
    snapshots = []
    for event in events:
        play(run, event, snapshots)
    # Whatever came before, all of it goes on to the end.
    rng = random.Random(seed)
    for _ in range(150):
        if run.engine.is_done or not (run.engine.pending or run.engine.ask(4)):
            break
        kind = "break" if rng.random() < 0.2 else "done"
        play(run, (kind, rng.randrange(10), rng.random() * 10)[: 2 if kind == "break" else 3], [])
        run.ask(2)


@pytest.mark.parametrize("rule", ["truncate", "backtrack", "both", "tournament", "mf", "restart"])
@given(events=st.lists(EVENTS, max_size=100))
@example(events=[("insert", number / 4, 0.0) for number in range(5)])  # each makes the pool larger
@example(
    events=[("ask", 4), *[("done", 0, 0.0)] * 4, *[("insert", x, 0.0) for x in (0.0, 0.5, 1.0)]]
)
@example(  # a member that will be replaced once more is decided about again
    events=[
        *[("ask", 4), ("done", 0, math.nan), ("done", 0, 0.0), ("ask", 1)],
        *[("done", 0, 0.0), ("done", 0, 0.0), ("insert", 0.0, 0.0), ("break", 0)],
    ]
)
@settings(max_examples=30, deadline=None)
def test_what_was_not_needed_never_is(rule, events):
    run = Run(make(rule), Policy(keep_all=True))
    before, members = None, set()
    for event in events:
        play(run, event, [])
        now = needed(Outlook.of(run.engine)).keys()
        if before is not None:
            assert now & members <= before
        members = {member.key for member in run.engine.lineages}
        before = now


def test_every_rule_is_known():
    assert set(EXPLOITS.values()) <= set(DONORS)


def train_all(engine, workers, seed, spread=0.3):
    """Run a population to its end; return the run, which knows how many checkpoints there were."""
    rng = numpy.random.default_rng(seed)
    run = Run(engine)
    running, started, now = [], set(), 0.0
    while not engine.is_done:
        run.ask(workers - len(running))
        waiting = [key for key in engine.pending if key not in started]
        for key in waiting[: workers - len(running)]:
            started.add(key)
            run.train(key)
            heapq.heappush(running, (now + float(rng.lognormal(0, spread)), key))
        now, key = heapq.heappop(running)
        engine.tell(key, float(rng.random()) - engine.lineages[key].generation)
        run.collect()
    return run


@pytest.mark.parametrize(("workers", "most"), [(1, 1.6), (2, 1.7), (8, 2.0), (20, 2.7)])
def test_about_two_checkpoints_a_member(workers, most):
    """Where durations differ by a third."""
    for seed in range(3):
        rule = TruncateExploit(10, 0.75, 0.25)
        engine = Engine(space(), 20, 10, rule, PerturbExplore(), str(seed))
        run = train_all(engine, workers, seed)
        assert run.peak <= most * 20
        assert len(run.present) <= 21


def complete_generation(engine):
    """Complete what is pending, the first member as the best."""
    for score, key in enumerate(engine.pending):
        engine.tell(key, float(score))


def forked():
    """Return an engine with forks of generation 2, and the members that these replaced."""
    engine = make("truncate")
    engine.ask(4)
    complete_generation(engine)
    engine.ask(4)
    complete_generation(engine)
    engine.ask(4)
    return engine, [base for key in engine.pending if (base := engine.lineages[key].base)]


def test_what_was_replaced_for_good_goes():
    engine, bases = forked()
    assert bases
    assert not set(bases) & needed(Outlook.of(engine)).keys()


def test_what_may_be_gone_back_to_stays():
    """As long as others are to come, whom it may turn out to be better than."""
    engine = make("narrow")
    engine.ask(4)
    complete_generation(engine)
    engine.ask(4)
    late, *others = engine.pending
    for score, key in enumerate(others):
        engine.tell(key, float(score))
    engine.ask(4)
    third = others[2]  # in the worst quarter of three; of four it may be the third
    assert third in {engine.lineages[key].base for key in engine.pending}
    assert third in needed(Outlook.of(engine))
    engine.tell(late, -1.0)
    assert third not in needed(Outlook.of(engine))


def small():
    engine = make("truncate")
    run = Run(engine)
    train = iter(range(100))
    run.ask(4)
    for key in engine.pending:
        run.train(key)
        engine.tell(key, float(next(train)))
    run.ask(4)
    return run


def test_reasons():
    run = small()
    engine = run.engine
    roots = [member.key for member in engine.lineages.members_at(0)]
    verdicts = {v.key: v for v in judge(Outlook.of(engine), dict.fromkeys([*roots, "x"]), Policy())}
    assert verdicts["x"].reason == "it is not of this population"
    assert all(verdict.stays for verdict in verdicts.values())
    assert "starts from it" in verdicts[roots[0]].reason
    assert "goes back to it" in verdicts[roots[3]].reason
    assert all(verdicts[key].is_needed for key in roots)


def finished():
    engine = make("truncate", generations=2)
    return train_all(engine, 2, 0), engine


def test_the_ends_and_the_best_are_kept():
    run, engine = finished()
    best = engine.lineages.best()
    assert best.key in run.present
    ends = {member.key for member in engine.lineages.completed_at(2)}
    assert run.present == ends | {best.key}


def test_policies_keep_more():
    engine = make("truncate", generations=4)
    everything = train_all(engine, 2, 1)
    members = [m.key for m in engine.lineages if m.status is Status.COMPLETED]
    outlook = Outlook.of(engine)

    def kept(policy):
        return {v.key for v in judge(outlook, dict.fromkeys(members, 10), policy) if v.stays}

    assert kept(Policy(keep_all=True)) == set(members)
    best = {engine.lineages.best(generation).key for generation in range(5)}
    assert best <= kept(Policy(each_generation=True))
    assert not best <= kept(Policy())
    ranked = sorted(members, key=lambda key: engine.lineages[key].objective)
    assert set(ranked[:7]) <= kept(Policy(best=7))
    assert kept(Policy(quota=20)) == set(ranked[:2]) & kept(Policy(quota=20))
    assert len(kept(Policy(quota=20))) == 2
    assert kept(Policy(quota=1)) == {ranked[0]}
    assert everything.present


def test_the_quota_never_takes_what_is_needed():
    run = small()
    verdicts = judge(Outlook.of(run.engine), dict.fromkeys(run.present, 10), Policy(quota=1))
    assert all(verdict.stays for verdict in verdicts)


@pytest.mark.parametrize("setting", [{"best": 0}, {"best": True}, {"quota": 0}])
def test_impossible_policies(setting):
    with pytest.raises(ConfigurationError):
        Policy(**setting)
