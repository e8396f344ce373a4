"""The decisions of a recorded run, made again in all the ways that must make no difference."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("golden_run.py")
RECORDED = json.loads(Path(__file__).with_name("golden_decisions.json").read_text())


@pytest.fixture(scope="module")
def golden():
    spec = importlib.util.spec_from_file_location("golden_run", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_same_results_give_the_same_decisions(golden):
    assert golden.decisions(golden.run()) == RECORDED


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_in_another_process_with_another_hash_seed(hash_seed):
    printed = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert json.loads(printed) == RECORDED


def test_where_each_step_is_made_by_another_worker(golden):
    def hand_over(engine):
        other = golden.make_engine()
        other.restore(json.loads(json.dumps(engine.state)))
        return other

    engine = golden.run(hand_over)
    assert golden.decisions(engine) == RECORDED
    assert engine.state == golden.run().state


def test_where_two_workers_take_turns(golden):
    workers = [golden.make_engine(), golden.make_engine()]

    def take_turns(engine):
        other = workers[engine is workers[0]]
        other.restore(engine.state)
        return other

    assert golden.decisions(golden.run(take_turns)) == RECORDED


def test_where_results_are_told_again_and_nothing_is_asked_for(golden):
    def repeat(engine):
        engine.ask(0)
        for member in engine.lineages:
            if member.key not in engine.pending:
                assert engine.tell(member.key, -1e9) is engine.fail(member.key) is False
        return engine

    assert golden.decisions(golden.run(repeat)) == RECORDED


def test_the_recorded_run_has_all_that_may_happen(golden):
    engine = golden.run()
    members = list(engine.lineages)
    assert any(member.base for member in members)
    assert any(member.params["/act"] is None for member in members)
    assert any(member.objective != member.objective for member in members)  # NaN
    broken = [member for member in members if member.status.value == "broken"]
    assert {member.generation > 0 for member in broken} == {True, False}
    assert engine.lineages.count_at(3) == 5
    assert not engine.stopped
