"""A decision in a person's words: what it was and why, with whom it compared, what it changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import is_dataclass, replace
from typing import Any

from orion_pbt import settings
from orion_pbt.cli.output import Row
from orion_pbt.console.text import format_number, short_id
from orion_pbt.engine import Engine
from orion_pbt.engine.explaining import Explanation, Variation
from orion_pbt.exploit import Comparison, CopyFrom, Exploit, Keep, PipelineExploit, Wait
from orion_pbt.explore.changes import Change, changes
from orion_pbt.population import Member
from orion_pbt.space import Space

DRAWN = "drawn anew"
NUDGED = "by the smallest step, so that the two trials can be told apart"
FEW = 25
"""Up to this many compared members are shown; of more only those near to what matters."""


def origin(explanation: Explanation, engine: Engine, inserted: Collection[str]) -> str:
    """Return what was decided, in a sentence."""
    member, lineages = explanation.member, explanation.lineages
    if member.parent is None:
        return _start(explanation, engine, inserted)
    parent = lineages[member.parent]
    if member.base is None:
        how = "unchanged" if repr(parent.params) == repr(member.params) else "with a variation"
        return f"Goes on from {_told(parent)}, {how}."
    base = lineages[member.base]
    back = ""
    if parent.generation < base.generation:
        back = f", back from generation {base.generation} to {parent.generation}"
    return f"Copies {_told(parent)} in place of {_told(base)}{back}."


def _start(explanation: Explanation, engine: Engine, inserted: Collection[str]) -> str:
    member = explanation.member
    if member.key in inserted:
        return "Inserted by hand."
    number = sum(root.item.key not in inserted for root in explanation.lineages.roots)
    told = f"Start number {number + 1} of a population of {engine.population_size}"
    points = engine.initial_points[number : number + 1]
    if points and all(member.params[name] == value for name, value in points[0].items()):
        return f"{told}, one of the initial points of the settings."
    return f"{told}, drawn from the prior."


def reasons(explanation: Explanation, engine: Engine) -> list[str]:
    """Return why it was decided so, a sentence each, but for what the rule compared."""
    ancestor, attempt = explanation.ancestor, explanation.attempt
    if ancestor is None:
        return []
    if not explanation.is_same:
        return [
            "Asked again, it is decided otherwise: the settings or the seed of the experiment have "
            "been changed since. What follows is told with those of today."
        ]
    told = []
    if attempt:
        times = "One next trial" if attempt == 1 else f"{attempt} next trials"
        told.append(f"{times} of {short_id(ancestor)} broke before: this is attempt {attempt + 1}.")
    told += _why(explanation, engine, ancestor, attempt)
    return told


def _why(explanation: Explanation, engine: Engine, ancestor: str, attempt: int) -> list[str]:
    decision, member = explanation.decision, explanation.member
    if isinstance(decision, Wait):
        return [f"It waited for {decision.reason}; nobody was left who could be waited for."]
    if attempt > engine.max_retries:
        return ["After so many, the best of the others in its generation is copied."]
    if isinstance(decision, CopyFrom) and decision.key == ancestor and attempt:
        return ["To go on unchanged had broken, so the hyperparameters are varied."]
    if isinstance(decision, CopyFrom) and decision.key != member.parent:
        return [f"It was to copy {short_id(decision.key)}; no variation of that was new."]
    if not explanation.comparisons:  # the rule has none to tell
        word = "to go on" if isinstance(decision, Keep) else "to copy"
        return [f"So decided {_rules(engine.exploit)}: {word}."]
    return []


def _rules(rule: Exploit) -> str:
    if isinstance(rule, PipelineExploit):
        return ", ".join(map(_rules, rule.exploit_configs))
    config: dict[str, Any] = settings.describe(rule) if is_dataclass(rule) else {}
    options = {name: value for name, value in config.items() if name != "of_type"}
    told = ", ".join(f"{name} {value}" for name, value in options.items())
    return f"{type(rule).__name__} ({told})" if told else type(rule).__name__


def compared(explanation: Explanation, comparison: Comparison) -> list[dict[str, Any]]:
    """Return the members that were compared, the best first, as plain data."""
    lineages = explanation.lineages
    rows = []
    for place, key in enumerate(comparison.ranked):
        peer = lineages[key]
        rows.append(
            {
                "place": place + 1,
                "id": key,
                "generation": peer.generation,
                "score": peer.score,
                "goes_on": None if comparison.going_on is None else place < comparison.going_on,
                "is_in_pool": None if comparison.pool is None else place < comparison.pool,
            }
        )
    return rows


def compared_table(explanation: Explanation, comparison: Comparison) -> list[Row]:
    """Return the same as a person reads it; of many members those near to what matters."""
    table: list[Row] = []
    records = compared(explanation, comparison)
    shown = _near(explanation, comparison, len(records))
    for place, row in enumerate(records):
        if place not in shown:
            if place - 1 in shown:
                table.append({"place": "…"})
            continue
        role = {None: "", True: "goes on", False: "gives up"}[row["goes_on"]]
        if row["is_in_pool"]:
            role = "may be copied"
        if row["id"] == explanation.ancestor:
            role += "  ← the one that is decided about"
        elif row["id"] == explanation.member.parent:
            role += "  ← the one that is copied"
        table.append(
            {
                "place": row["place"],
                "trial": short_id(row["id"]),
                "generation": row["generation"],
                "score": row["score"],
                "": role,
            }
        )
    return table


def _near(explanation: Explanation, comparison: Comparison, count: int) -> set[int]:
    if count <= FEW:
        return set(range(count))
    ranked = comparison.ranked
    places = [0, count - 1, (comparison.going_on or 1) - 1, (comparison.pool or 1) - 1]
    keys = (explanation.ancestor, explanation.member.parent)
    places += [ranked.index(key) for key in keys if key in ranked]
    return {place + step for place in places for step in (-1, 0, 1)} & set(range(count))


def changes_of(explanation: Explanation, space: Space) -> list[Change]:
    """Return what was done to each hyperparameter; nothing for a start."""
    member, decision = explanation.member, explanation.decision
    if member.parent is None:
        return []
    is_copy = isinstance(decision, CopyFrom) and explanation.is_same
    before = explanation.lineages[member.parent].params
    if is_copy and explanation.copied is not None:
        before = explanation.copied
    found = []
    for name in space:
        acting = _last(explanation, name)
        dimension = space[name] if acting is None else acting.space[name]
        is_all = acting is not None and repr(acting.before[name]) == repr(before[name])
        explore = acting.explore if acting is not None and is_all else None
        made = changes(Space([dimension]), before, member.params, explore)
        if acting is None and isinstance(decision, CopyFrom) and is_copy:
            how = DRAWN if decision.redraws else NUDGED
            made = [replace(change, how=how) if _is_new(change) else change for change in made]
        found += made
    return found


def _last(explanation: Explanation, name: str) -> Variation | None:
    """Return the last that was done to a hyperparameter, if it led to the member's value."""
    for part in reversed(explanation.variations):
        if name in part.before and repr(part.before[name]) != repr(part.after[name]):
            is_used = repr(part.after[name]) == repr(explanation.member.params[name])
            return part if is_used else None
    return None


def _is_new(change: Change) -> bool:
    return repr(change.before) != repr(change.after)


def _told(member: Member) -> str:
    return f"{short_id(member.key)} ({format_number(member.score)})"
