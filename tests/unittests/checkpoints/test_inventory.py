"""What `orion-pbt checkpoints` shows."""

from __future__ import annotations

from orion_pbt.checkpoints import DirectoryStore, Outlook, Policy, collect, inventory
from orion_pbt.engine import Engine
from orion_pbt.exploit import TruncateExploit
from orion_pbt.explore import PerturbExplore
from orion_pbt.space import Real, Space


def test_list_explain_and_collect(tmp_path):
    space = Space([Real("lr", (), lambda rng: float(rng.random()), 0.0, 1.0, False, 1.0, None)])
    engine = Engine(space, 2, 2, TruncateExploit(2, 0.5, 0.5), PerturbExplore())
    store = DirectoryStore(tmp_path)
    objective = 10.0
    while not engine.is_done:
        engine.ask(2)
        for key in engine.pending:
            (tmp_path / key).mkdir()
            (tmp_path / key / "weights").write_bytes(b"x" * 100)
            engine.tell(key, objective)
            objective -= 1
    (tmp_path / "notes").mkdir()
    outlook = Outlook.of(engine)
    entries = inventory(store, outlook, Policy())
    assert len(entries) == 7
    assert [entry.generation for entry in entries] == [0, 0, 1, 1, 2, 2, None]
    assert [entry.stays for entry in entries] == [False] * 4 + [True] * 3
    assert entries[0].reason == "nothing can need it any more"
    assert {entry.reason for entry in entries[4:6]} == {
        "it is the best",
        "it is the end of its line",
    }
    assert entries[6].reason == "it is not of this population"
    assert all(entry.size == 100 for entry in entries[:6])
    would = collect(store, outlook, Policy(), dry_run=True, measure=True)
    assert (len(would.removed), would.freed) == (4, 400)
    assert len(store.keys()) == 7
    assert collect(store, outlook, Policy(), measure=True).removed == would.removed
    assert len(store.keys()) == 3


def test_directories_that_cannot_be_trials_are_left_out(tmp_path):
    for name in ("a\\b", "two\nlines", "x" * 201, "notes"):
        (tmp_path / name).mkdir()
    space = Space([Real("lr", (), lambda rng: float(rng.random()), 0.0, 1.0, False, 1.0, None)])
    engine = Engine(space, 2, 2, TruncateExploit(2, 0.5, 0.5), PerturbExplore())
    entries = inventory(DirectoryStore(tmp_path), Outlook.of(engine), Policy())
    assert [entry.key for entry in entries] == ["notes"]
