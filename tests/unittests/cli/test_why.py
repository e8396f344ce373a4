"""orion-pbt why."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from orion_pbt.cli import decisions, fates
from orion_pbt.engine import Engine
from orion_pbt.engine.explaining import explain
from orion_pbt.exploit import (
    BacktrackExploit,
    CopyFrom,
    Exploit,
    Keep,
    TruncateExploit,
    Wait,
)
from orion_pbt.explore import Explore, PerturbExplore
from orion_pbt.space import Real, Space

Run = Callable[..., str]
SPACE = Space([Real("/lr", low=0, high=9)])


def some_of_each_kind(run: Run) -> list[dict[str, Any]]:
    """Return a start, trials that went on, and copies."""
    rows = trials(run)
    copies = [row for row in rows if row["replaced"] is not None]
    went_on = [row for row in rows if row["replaced"] is None and row["parent"] is not None]
    return [rows[0], *went_on[:2], *copies[-2:]]


def trials(run: Run) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run("tree", "--format", "json"))
    return rows


class TestCommand:
    def test_each_trial_is_told_of(self, run: Run) -> None:
        for trial in some_of_each_kind(run):
            record = json.loads(run("why", trial["id"], "--format", "json"))
            assert record["id"] == trial["id"]
            assert (record["parent"], record["replaced"]) == (trial["parent"], trial["replaced"])
            assert record["is_reproduced"]
            kind = "Start" if trial["parent"] is None else "Copies" if trial["replaced"] else "Goes"
            assert record["origin"].startswith(kind)
            assert record["fate"]
            assert trial["id"] in run("why", trial["id"][:12]).splitlines()

    def test_what_was_compared_is_as_it_was_decided(self, run: Run) -> None:
        for trial in some_of_each_kind(run):
            record = json.loads(run("why", trial["id"], "--format", "json"))
            if trial["parent"] is None:
                assert record["comparisons"] == []
                continue
            (comparison,) = record["comparisons"]
            peers = {peer["id"]: peer for peer in comparison["ranked"]}
            decided_about = peers[record["decided_about"]]
            assert decided_about["goes_on"] == (trial["replaced"] is None)
            if trial["replaced"] is not None:
                assert peers[trial["parent"]]["is_in_pool"]
            scores = [peer["score"] for peer in comparison["ranked"]]
            assert scores == sorted(scores)

    def test_a_copy_in_words(self, run: Run) -> None:
        copy = next(trial for trial in trials(run) if trial["replaced"] is not None)
        lines = run("why", copy["id"]).splitlines()
        assert lines[3].startswith(f"Copies {copy['parent'][:7]} (")
        assert f" in place of {copy['replaced'][:7]} (" in lines[3]
        assert any(line.startswith("TruncateExploit: Compared were ") for line in lines)
        (about,) = [line for line in lines if line.endswith("← the one that is decided about")]
        assert "gives up" in about
        (donor,) = [line for line in lines if line.endswith("← the one that is copied")]
        assert "may be copied" in donor
        (change,) = [line for line in lines if line.startswith("lr ")]
        assert change.split()[1] != change.split()[2]

    def test_csv_has_the_members_that_were_compared(self, run: Run) -> None:
        copy = next(trial for trial in trials(run) if trial["replaced"] is not None)
        rows = list(csv.DictReader(io.StringIO(run("why", copy["id"], "--format", "csv"))))
        record = json.loads(run("why", copy["id"], "--format", "json"))
        assert [row["id"] for row in rows] == [
            peer["id"] for peer in record["comparisons"][0]["ranked"]
        ]
        assert {row["rule"] for row in rows} == {"TruncateExploit"}


class Doubles(Explore):
    def __call__(self, rng, space, params, fork):  # type: ignore[no-untyped-def]
        return {name: value * 2 for name, value in params.items()}


class Decides(Exploit):
    """Does what it is told to."""

    def __init__(self, **decisions: Any) -> None:
        self.decisions = decisions

    def __call__(self, rng, member, lineages):  # type: ignore[no-untyped-def]
        return self.decisions.get(member.key, Keep())


def make(exploit: Exploit, explore: Explore | None = None, **options: Any) -> Engine:
    """Return an engine of a (best), b and c, which have completed their first generation."""

    def key_of(params: Any, generation: int, parent: Any, base: Any) -> str:
        return f"{base or parent}>{params['/lr']:g}@{generation}"

    options = {"key_of": key_of, **options}
    engine = Engine(SPACE, 3, 2, exploit, explore or Doubles(), **options)
    for number, key in enumerate("abc"):
        engine.insert(key, {"/lr": 1.0 + number})
        engine.tell(key, float(number))
    return engine


def origin(engine: Engine, key: str, inserted: str = "") -> str:
    return decisions.origin(explain(engine, key), engine, tuple(inserted))


def reasons(engine: Engine, key: str) -> list[str]:
    return decisions.reasons(explain(engine, key), engine)


def how(engine: Engine, key: str) -> list[str]:
    return [change.how for change in decisions.changes_of(explain(engine, key), engine.space)]


class TestStarts:
    def test_inserted(self) -> None:
        assert origin(make(Decides()), "b", inserted="abc") == "Inserted by hand."

    def test_drawn(self) -> None:
        engine = Engine(SPACE, 2, 1, TruncateExploit(2, 1, 0.5), None)
        keys = [member.key for member in engine.ask(2)]
        assert [origin(engine, key) for key in keys] == [
            "Start number 1 of a population of 2, drawn from the prior.",
            "Start number 2 of a population of 2, drawn from the prior.",
        ]
        assert how(engine, keys[0]) == []

    def test_initial_points(self) -> None:
        rule = TruncateExploit(2, 1, 0.5)
        engine = Engine(SPACE, 2, 1, rule, None, initial_points=[{"/lr": 0.25}])
        first, second = engine.ask(2)
        assert origin(engine, first.key).endswith("one of the initial points of the settings.")
        assert origin(engine, second.key).endswith("drawn from the prior.")


class TestDecisions:
    def test_unchanged(self) -> None:
        engine = make(TruncateExploit(3, 0.7, 0.4))
        (child, *_) = engine.ask(3)
        assert child.true_ancestor == "a"
        assert origin(engine, child.key) == "Goes on from a (0), unchanged."
        assert (reasons(engine, child.key), how(engine, child.key)) == ([], ["unchanged"])

    def test_a_copy(self) -> None:
        engine = make(TruncateExploit(3, 0.7, 0.4), PerturbExplore(1.2))
        child = next(child for child in engine.ask(3) if child.base == "c")
        assert origin(engine, child.key) == "Copies a (0) in place of c (2)."
        assert reasons(engine, child.key) == []
        assert how(engine, child.key)[0] in ("× 1.2", "÷ 1.2")

    def test_back_to_an_earlier_generation(self) -> None:
        engine = make(BacktrackExploit(3, 0.7, 0.4))
        for child in engine.ask(3):
            engine.tell(child.key, 9.0 + child.params["/lr"])
        back = next(
            child for child in engine.ask(3) if child.base is not None and child.parent == "a"
        )
        assert origin(engine, back.key).endswith(", back from generation 1 to 0.")
        (told,) = explain(engine, back.key).comparisons
        assert told.told.startswith("Compared were 4, the best that each line had reached")

    def test_a_rule_that_tells_nothing_is_named(self) -> None:
        engine = make(Decides(b=CopyFrom("a")))
        forks = {child.true_ancestor: child.key for child in engine.ask(3)}
        assert reasons(engine, forks["a"]) == ["So decided Decides: to go on."]
        assert reasons(engine, forks["b"]) == ["So decided Decides: to copy."]

    def test_hyperparameters_of_another(self) -> None:
        engine = make(Decides(b=CopyFrom("a", params_of="c", varies=False)))
        fork = next(child for child in engine.ask(3) if child.base == "b")
        (change,) = decisions.changes_of(explain(engine, fork.key), engine.space)
        assert (change.before, change.after, change.how) == (3.0, 3.0, "unchanged")

    def test_the_frozen_ones_of_the_weights(self) -> None:
        space = Space([*SPACE.values(), Real("/wd", low=0, high=9)])
        rule = Decides(b=CopyFrom("a", params_of="c", varies=False))
        engine = Engine(space, 3, 2, rule, PerturbExplore(), mutation=SPACE)
        for number, key in enumerate("abc"):
            engine.insert(key, {"/lr": 1.0 + number, "/wd": 1.0 + number})
            engine.tell(key, float(number))
        fork = next(child for child in engine.ask(3) if child.base == "b")
        assert explain(engine, fork.key).is_same
        made = decisions.changes_of(explain(engine, fork.key), space)
        assert [(change.before, change.after) for change in made] == [(3.0, 3.0), (1.0, 1.0)]

    def test_the_smallest_step(self) -> None:
        engine = make(
            Decides(b=CopyFrom("a", varies=False)),
            key_of=lambda params, generation, parent, base: f"{params} {generation} {parent}",
        )
        fork = next(child for child in engine.ask(3) if child.base == "b")
        assert how(engine, fork.key) == [decisions.NUDGED]
        assert fork.params["/lr"] == pytest.approx(1.0, abs=1e-6)

    def test_drawn_anew(self) -> None:
        engine = make(Decides(b=CopyFrom("a", redraws=True)))
        fork = next(child for child in engine.ask(3) if child.base == "b")
        assert how(engine, fork.key) == ["drawn anew"]

    def test_after_broken_trials(self) -> None:
        engine = make(Decides(), max_retries=1)
        told = []
        engine.ask(2)
        for _ in range(3):
            (child,) = engine.ask(1)
            told.append((origin(engine, child.key), reasons(engine, child.key)[:-1]))
            last = reasons(engine, child.key)[-1]
            told[-1][1].append(last)
            engine.fail(child.key)
        assert told == [
            ("Goes on from c (2), unchanged.", ["So decided Decides: to go on."]),
            (
                "Goes on from c (2), with a variation.",
                [
                    "One next trial of c broke before: this is attempt 2.",
                    "To go on unchanged had broken, so the hyperparameters are varied.",
                ],
            ),
            (
                "Copies a (0) in place of c (2).",
                [
                    "2 next trials of c broke before: this is attempt 3.",
                    "After so many, the best of the others in its generation is copied.",
                ],
            ),
        ]

    def test_nobody_was_left(self) -> None:
        engine = make(Decides(a=Wait("rain"), b=Wait("rain"), c=Wait("rain")))
        (child, *_) = engine.ask(3)
        assert reasons(engine, child.key) == [
            "It waited for rain; nobody was left who could be waited for."
        ]

    def test_no_variation_was_new(self) -> None:
        class Stays(Explore):
            def __call__(self, rng, space, params, fork):  # type: ignore[no-untyped-def]
                return dict(params)

        engine = make(Decides(b=CopyFrom("a")), Stays(), key_of=lambda p, g, a, b: f"{a}>{g}")
        child = next(child for child in engine.ask(3) if child.parent == "b")
        assert reasons(engine, child.key) == ["It was to copy a; no variation of that was new."]
        assert how(engine, child.key) == ["unchanged"]

    def test_with_other_settings_it_is_said_that_it_comes_out_otherwise(self) -> None:
        engine = make(TruncateExploit(3, 0.7, 0.4))
        fork = next(child for child in engine.ask(3) if child.base == "c")
        engine.exploit = TruncateExploit(3, 1, 0.4)
        assert reasons(engine, fork.key)[0].startswith("Asked again, it is decided otherwise")
        assert origin(engine, fork.key) == "Copies a (0) in place of c (2)."


def test_of_many_those_near_to_what_matters_are_shown() -> None:
    engine = Engine(SPACE, 100, 1, TruncateExploit(100, 0.75, 0.1), Doubles())
    for number, member in enumerate(engine.ask(100)):
        engine.tell(member.key, float(number))
    fork = next(child for child in engine.ask(100) if child.base is not None)
    explanation = explain(engine, fork.key)
    (comparison,) = explanation.comparisons
    table = decisions.compared_table(explanation, comparison)
    places = [row["place"] for row in table]
    ranked = comparison.ranked
    wanted = {1, 10, 75, 100, *(ranked.index(key) + 1 for key in (fork.parent, fork.base))}
    assert wanted <= {*places}
    assert "…" in places
    assert len(table) <= decisions.FEW
    assert len(decisions.compared(explanation, comparison)) == 100


class TestFates:
    def fate(self, engine: Engine, key: str, best: str | None = None) -> list[str]:
        member = engine.lineages[key]
        return fates.fate(engine, member, None if best is None else engine.lineages[best], "new")

    def test_what_became_of_each(self) -> None:
        engine = make(TruncateExploit(3, 0.7, 0.4))
        children = {child.true_ancestor: child.key for child in engine.ask(3)}
        a, b, c = (children[key] for key in "abc")
        assert self.fate(engine, a) == ["It is not completed: new."]
        assert self.fate(engine, "a") == [
            f"It went on as {a[:7]}, unchanged.",
            f"It was copied by {c[:7]}.",
        ]
        assert self.fate(engine, "c") == [f"It was given up for {c[:7]}, a copy of a (0)."]
        engine.fail(b)
        assert self.fate(engine, b) == ["It broke."]
        assert self.fate(engine, "b") == [
            f"Next trials that broke: {b[:7]}.",
            "It is still to be decided what comes next.",
        ]
        (again,) = engine.ask(1)
        assert self.fate(engine, "b")[1] == f"It went on as {again.key[:7]}, with a variation."
        assert self.fate(engine, "a", best=c)[-1] == f"The best, {c[:7]}, descends from it."

    def test_the_end_of_a_line_and_the_best(self) -> None:
        engine = make(TruncateExploit(3, 0.7, 0.4))
        for _ in range(2):
            last = engine.ask(3)
            for child in last:
                engine.tell(child.key, 1.0)
        assert self.fate(engine, last[0].key, best=last[0].key) == [
            "It is the end of its line.",
            "It is the best.",
        ]

    def test_who_waits_and_who_was_given_up(self) -> None:
        engine = make(Decides(c=Wait("sunshine")), max_retries=0)
        (child, *_) = engine.ask(3)
        assert self.fate(engine, "c") == ["It waits for sunshine."]
        engine.fail(child.key)
        engine.ask(3)
        assert any("was given up" in line for line in self.fate(engine, "a"))
