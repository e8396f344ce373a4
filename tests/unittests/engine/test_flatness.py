"""The work per trial does not grow with the number of trials: counted, not timed."""

from __future__ import annotations

import sys
import tracemalloc

import pytest

from orion_pbt.engine import Engine
from orion_pbt.exploit import BacktrackExploit, PipelineExploit, TruncateExploit
from orion_pbt.explore import PerturbExplore
from orion_pbt.lineage import Lineages
from orion_pbt.space import Real, Space

SPACE = Space([Real("/lr", low=1e-9, high=1, log=True)])
RULE = PipelineExploit((BacktrackExploit(4, 0.75, 0.25), TruncateExploit(4, 0.75, 0.25)))


def count_calls(function):
    """Return how many functions, C functions included, are called by one."""
    calls = 0

    def count(_frame, event, _arg):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls


def train(engine, trials):
    for number in range(trials):
        (member,) = engine.ask(1)
        engine.tell(member.key, (number * 7919) % 101 / 101)


def test_of_asking_and_telling():
    engine = Engine(SPACE, 8, 10**6, RULE, PerturbExplore())
    train(engine, 50)
    early = count_calls(lambda: train(engine, 100))
    train(engine, 2000)
    late = count_calls(lambda: train(engine, 100))
    assert late < 1.2 * early


def test_of_recording():
    engine = Engine(SPACE, 8, 10**6, RULE, PerturbExplore())
    train(engine, 2000)
    size = len(engine.state["log"])
    tracemalloc.start()
    train(engine, 10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < size / 4  # the log is not copied for each line


@pytest.mark.parametrize("trials", [50, 2000])
def test_of_restoring_what_another_worker_did(trials):
    workers = [Engine(SPACE, 8, 10**6, RULE, PerturbExplore()) for _ in range(2)]
    train(workers[0], trials)
    workers[1].restore(workers[0].state)
    train(workers[0], 10)
    state = workers[0].state
    assert count_calls(lambda: workers[1].restore(state)) < 1000


def test_no_decision_touches_more_members(monkeypatch):
    """A member is looked at through these two methods only."""
    touched = 0

    def counted(method):
        def count(self, key):
            nonlocal touched
            touched += 1
            return method(self, key)

        return count

    engine = Engine(SPACE, 8, 10**6, RULE, PerturbExplore())
    monkeypatch.setattr(Lineages, "node", counted(Lineages.node))
    counts = []
    for _ in range(4):
        train(engine, 300)
        touched = 0
        train(engine, 100)
        counts.append(touched)
    assert max(counts) < 1.2 * counts[0]
