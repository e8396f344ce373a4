"""Why a member was made: the decision is taken once more, in the population as it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from orion_pbt.engine.engine import Engine
from orion_pbt.exploit import Comparison, CopyFrom, Decision
from orion_pbt.explore import Explore
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Params, Space


@dataclass(frozen=True)
class Variation:
    """What one explore operator made of the hyperparameters.

    Parameters
    ----------
    explore:
        The operator.
    space:
        What may be varied, and in which bounds.
    before, after:
        The values.
    """

    explore: Explore
    space: Space
    before: Params
    after: Params


@dataclass(frozen=True)
class Explanation:
    """The decision that made a member.

    Parameters
    ----------
    member:
        The member, as it is now.
    lineages:
        The population as it was before.
    ancestor:
        Key of the member that was decided about; None for a root, which no decision made.
    attempt:
        How many next trials of that member had broken before.
    decision:
        What is decided when the rule is asked again; None for a root.
    copied:
        The hyperparameters that a copy starts from, before they are varied; None where there is
        no copy.
    comparisons:
        What the rule looked at.
    variations:
        What the explore operators did, in order; also what was then not used, because a trial of
        that kind existed already.
    is_same:
        Whether what follows is this member. If not, the settings or the seed have changed since.
    """

    member: Member
    lineages: Lineages
    ancestor: str | None = None
    attempt: int = 0
    decision: Decision | None = None
    copied: Params | None = None
    comparisons: tuple[Comparison, ...] = ()
    variations: tuple[Variation, ...] = ()
    is_same: bool = True


def explain(engine: Engine, key: str) -> Explanation:
    """Return why a member was made.

    The work is proportional to the log before it: the population is made again as it was.

    Parameters
    ----------
    engine:
        The population; it stays as it is.
    key:
        The member.

    Raises
    ------
    UnknownMember
        If there is no such member.
    """
    variations: list[Variation] = []
    earlier = engine.before(key, lambda explore: _observed(explore, variations))
    member = engine.lineages[key]
    ancestor = member.true_ancestor
    if ancestor is None:
        return Explanation(member, earlier.lineages)
    attempt = len(earlier.lineages.successors(ancestor))
    is_last_resort = attempt > engine.max_retries  # the rule is not asked then
    comparisons = (
        []
        if is_last_resort
        else engine.exploit.explain(earlier.lineages[ancestor], earlier.lineages)
    )
    before = engine.before(key).lineages  # the other one is about to go on
    decision, child = earlier.redo(ancestor)
    copied = None
    if isinstance(decision, CopyFrom) and decision.key == member.parent:
        copied = earlier.copied(decision)
    return Explanation(
        member,
        before,
        ancestor,
        attempt,
        decision,
        copied,
        tuple(comparisons),
        tuple(variations),
        child is not None and child.key == key and child.base == member.base,
    )


class _Observer:
    """Stands in for an operator and notes what it does."""

    def __init__(self, explore: Explore, variations: list[Variation]) -> None:
        self._explore = explore
        self._variations = variations

    def __call__(self, rng: Any, space: Any, params: Params, *others: Any) -> Params:
        after = self._explore(rng, space, params, *others)
        self._variations.append(Variation(self._explore, space, params, after))
        return after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._explore, name)


def _observed(explore: Explore | None, variations: list[Variation]) -> Explore | None:
    """Return an operator that does the same, with each of its parts observed."""
    return cast("Explore | None", _with_observers(explore, variations))


def _with_observers(part: Any, variations: list[Variation]) -> Any:
    """Return a setting, or a whole operator, with observers in place of the operators in it."""
    if isinstance(part, (tuple, list)):
        return tuple(_with_observers(inner, variations) for inner in part)
    if isinstance(part, Mapping):
        return {name: _with_observers(inner, variations) for name, inner in part.items()}
    if not isinstance(part, Explore):
        return part
    settings: Any = dataclasses.fields(part) if dataclasses.is_dataclass(part) else ()
    values = {field.name: getattr(part, field.name) for field in settings}
    parts = {name: value for name, value in values.items() if _has_operators(value)}
    if not parts:
        return _Observer(part, variations)
    changed = {name: _with_observers(value, variations) for name, value in parts.items()}
    return dataclasses.replace(cast(Any, part), **changed)


def _has_operators(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_has_operators, value))
    if isinstance(value, Mapping):
        return any(map(_has_operators, value.values()))
    return isinstance(value, Explore)
