"""A population that is made larger while it is under way copies only what is still there."""

from __future__ import annotations

import numpy
import pytest

from orion_pbt.checkpoints.outlook import Outlook, needed
from orion_pbt.engine import Engine
from orion_pbt.exploit import (
    MFExploit,
    PipelineExploit,
    RestartExploit,
    TournamentExploit,
    TruncateExploit,
    TTestExploit,
)
from orion_pbt.explore import PerturbExplore
from orion_pbt.space import Real, Space

SPACE = Space([Real("/lr", low=1e-5, high=1, log=True)])


class Disk:
    """Has the checkpoints of completed members, until nothing needs them any more."""

    def __init__(self):
        self.there = set()

    def complete(self, engine, key):
        self.there.add(key)
        self.there &= set(needed(Outlook.of(engine)))


def train(engine, disk, rng, steps, workers=4):
    """Complete some trials in any order; return how many copied a member of old generations."""
    copies = 0
    for _ in range(steps):
        for member in engine.ask(workers - len(engine.pending)):
            assert member.parent is None or member.parent in disk.there, "its files are gone"
            copies += member.base is not None
        if not engine.pending:
            break
        key = engine.pending[int(rng.integers(len(engine.pending)))]
        if rng.random() < 0.05:
            engine.fail(key)
        else:
            engine.tell(key, float(rng.normal()))
            disk.complete(engine, key)
    return copies


@pytest.mark.parametrize(
    "rule",
    [
        TruncateExploit(4, 0.75, 0.25),
        TruncateExploit(4, 0.5, 0.5),
        TournamentExploit(2),
        PipelineExploit((TTestExploit(2), TruncateExploit(4, 0.75, 0.25))),
        MFExploit((1, 2)),
        RestartExploit(1, 1),
    ],
)
def test_what_is_copied_after_a_raise_is_still_there(rule) -> None:
    for seed in range(12):
        rng = numpy.random.default_rng(seed)
        disk, explore = Disk(), PerturbExplore()
        engine = Engine(SPACE, 8, 6, rule, explore, seed=str(seed))
        train(engine, disk, rng, int(rng.integers(10, 50)))
        for size in (12, 24):
            larger = Engine(SPACE, size, 6, rule, explore, seed=str(seed))
            larger.restore(engine.state)
            engine = larger
            train(engine, disk, rng, int(rng.integers(10, 80)))
        train(engine, disk, rng, 1000)
        assert engine.is_done


def test_a_copy_of_what_may_be_gone_takes_the_best_that_is_there() -> None:
    # Of eight, the best two may be copied. Of sixteen it is the best four.
    rule = TruncateExploit(8, 0.75, 0.25)
    engine = Engine(SPACE, 8, 2, rule, PerturbExplore())
    for number, member in enumerate(engine.ask(8)):
        engine.tell(member.key, float(number))
    roots = [member.key for member in engine.lineages]
    engine.ask(8)
    larger = Engine(SPACE, 16, 2, rule, PerturbExplore())
    larger.restore(engine.state)
    for number, member in enumerate(larger.ask(8)):
        larger.tell(member.key, 10.0 + number)
    donors = {member.parent for member in larger.ask(8) if member.base is not None}
    assert donors == {roots[0]}
    assert larger.lineages.count_at(0) == 16  # all are compared, though
