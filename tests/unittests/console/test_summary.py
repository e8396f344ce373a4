"""Tests of what is said at the end of a run."""

from __future__ import annotations

import io

import pytest

from orion_pbt.console import format_summary, shown
from orion_pbt.console.tree import LEGEND
from orion_pbt.engine import Engine
from orion_pbt.exploit import CopyFrom, Exploit, Keep
from orion_pbt.explore import Explore
from orion_pbt.schedules import FidelitySchedule
from orion_pbt.space import Real, Space
from orion_pbt.upstream import patient_runner

SCHEDULE = FidelitySchedule(5, 15, 2)


class CopiesA1(Exploit):
    """Lets b give up at the first generation for a."""

    def __call__(self, rng, member, lineages):
        return CopyFrom("a>1") if member.key == "b>1" else Keep()


class Doubles(Explore):
    def __call__(self, rng, space, params, fork):
        return {name: 2 * value for name, value in params.items()}


@pytest.fixture
def engine():
    """Return an engine of two members, a and b, that were not trained yet."""
    engine = Engine(
        Space([Real("/lr", low=0, high=9)]),
        *(2, 2, CopiesA1(), Doubles()),
        key_of=lambda params, generation, parent, base: f"{(base or parent)[0]}>{generation}",
    )
    for key, rate in (("a", 0.1), ("b", 0.5)):
        engine.insert(key, {"/lr": rate})
    return engine


def train(engine, **objectives):
    for key, objective in objectives.items():
        engine.tell(key, objective)
    engine.ask(2)


@pytest.fixture
def finished(engine):
    train(engine, a=3.0, b=4.0)
    train(engine, **{"a>1": 2.0, "b>1": 5.0})
    train(engine, **{"a>2": 1.0, "b>2": 0.5})
    assert engine.is_done
    return engine


def test_the_best_its_schedule_its_weights_and_the_lineage(finished, tmp_path):
    (tmp_path / "b>2").mkdir()
    assert format_summary(finished, SCHEDULE, str(tmp_path)) == "\n".join(
        [
            "Population based training",
            "=========================",
            "best trial: b>2",
            "  score:    0.5 (generation 2 of 2, fidelity 15)",
            f"  weights:  {tmp_path}/b>2",
            "  schedule, found by the members it descends from:",
            "    fidelity    1 to   10: lr=0.1  (a>1, 2)",
            "    fidelity   11 to   15: lr=0.2  (b>2, 0.5)",
            "lineage:",
            "┃ a lr=0.1  [generation 0: 3 → 2 → 1]",
            "┃    b>2 ↳ lr=0.2  [generation 2: 0.5 ★]",
            "  b lr=0.5  [generation 0: 4 → 5 ⊣]",
            LEGEND,
        ]
    )


def test_weights_that_are_not_kept_are_said_to_be(finished):
    assert "weights:  not kept; set experiment.working_dir" in format_summary(finished, SCHEDULE)


def test_weights_that_are_not_there_are_said_not_to_be(finished, tmp_path):
    summary = format_summary(finished, SCHEDULE, str(tmp_path))
    assert f"weights:  not in {tmp_path}/b>2; `orion-pbt best` looks further" in summary


def test_the_best_has_the_full_fidelity_if_any_has(engine):
    train(engine, a=-9.0, b=4.0)
    train(engine, **{"a>1": 2.0, "b>1": 5.0})
    assert "best trial: a\n" in format_summary(engine, SCHEDULE)
    train(engine, **{"a>2": 1.0})
    assert "best trial: a>2\n" in format_summary(engine, SCHEDULE)


def test_where_nothing_was_completed(engine):
    assert format_summary(engine, SCHEDULE).endswith("No trial was completed.")


def test_why_a_member_was_given_up(engine):
    engine.max_retries = 0
    train(engine, a=1.0, b=2.0)
    engine.fail("a>1")
    engine.ask(1)
    assert (
        "\nnot finished: Member a was given up: 1 next trials broke.\nlineage:\n"
    ) in format_summary(engine, SCHEDULE)


class TestShown:
    def test_progress_goes_to_the_stream_and_the_summary_is_printed(self, finished, capsys):
        stream = io.StringIO()
        with shown(finished, SCHEDULE, None, stream=stream):
            for listener in patient_runner.listeners:
                listener(None)
        assert stream.getvalue() == "pbt 6/6 · generations █ █ █ · best 0.5\n"
        assert capsys.readouterr().out == format_summary(finished, SCHEDULE) + "\n"

    def test_nothing_listens_afterwards_even_if_the_run_fails(self, engine, capsys):
        before = list(patient_runner.listeners)
        with pytest.raises(KeyboardInterrupt), shown(engine, SCHEDULE, None, stream=io.StringIO()):
            raise KeyboardInterrupt
        assert patient_runner.listeners == before
        assert "No trial was completed." in capsys.readouterr().out
