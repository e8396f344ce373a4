"""How a replay ended."""

from __future__ import annotations

from pathlib import Path

from orion_pbt.console import format_replays
from orion_pbt.console.replays import ends_of
from orion_pbt.engine import REPLICA, ReplayEngine
from orion_pbt.schedules import GivenLevels
from orion_pbt.space import Real, Space

SPACE = Space([Real("lr", low=0, high=1), Real(REPLICA, low=1, high=1001)])
LEVELS = GivenLevels([2, 5])


def replay() -> ReplayEngine:
    """Return a replay: the third replica is done, the second half done, and the first broke."""
    engine = ReplayEngine(SPACE, [{"lr": 0.1}, {"lr": 0.2}], 3, max_retries=0)
    first, second, third = engine.ask(3)
    engine.fail(first.key)
    engine.tell(second.key, 0.5)
    engine.tell(third.key, 0.25)
    children = {child.parent: child for child in engine.ask(3)}
    engine.tell(children[third.key].key, -0.125, reported=0.125)
    engine.fail(children[second.key].key)
    assert engine.ask(3) == []
    return engine


def test_each_replica_has_a_line_and_so_has_what_went_wrong(tmp_path: Path) -> None:
    engine = replay()
    end = ends_of(engine)[3]
    (tmp_path / end.key).mkdir()
    *lines, gone_wrong = format_replays(engine, LEVELS, str(tmp_path)).splitlines()
    assert lines == [
        "Replay of a schedule",
        "====================",
        "replica 1: nothing was completed",
        "replica 2: score 0.5, fidelity 2 of 5",
        f"replica 3: score 0.125, fidelity 5 of 5, weights {tmp_path / end.key}",
        "not finished: A replica was given up: 1 first trials of it broke.",
    ]
    assert gone_wrong.startswith("not finished: Replica 2 was given up: 1 trials after ")
