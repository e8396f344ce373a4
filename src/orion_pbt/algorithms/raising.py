"""Which changed settings a population can go on with, and what it can not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from orion_pbt import settings
from orion_pbt.algorithms.converters import TrialConverter
from orion_pbt.engine import Engine
from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import Exploit

RAISED = ("population_size", "generations")
"""Settings that may be raised while an experiment is on, or after it."""


def check_goes_on_from(
    now: Mapping[str, Any], before: Any, default_exploit: Callable[[int, int], Exploit]
) -> None:
    """Raise unless a population that was begun with some settings can go on with others.

    Parameters
    ----------
    now, before:
        Configurations of the algorithm, as Oríon stores them.
    default_exploit:
        The rule of users who chose none, given the size of the population and the generations.

    Raises
    ------
    ConfigurationError
        If more was changed than the size of the population and the number of generations, or
        one of the two was lowered.
    """
    ((name, ours),) = now.items()
    theirs = dict(before).get(name) if isinstance(before, Mapping) else None
    if not isinstance(theirs, Mapping):
        raise _refusal("the algorithm", before, now)
    for setting in sorted({*ours, *theirs}):
        new, old = ours.get(setting), theirs.get(setting)
        if new == old:
            continue
        if setting == "exploit" and all(_is_default(c, default_exploit) for c in (ours, theirs)):
            continue
        if setting not in RAISED or not isinstance(old, int) or new < old:
            raise _refusal(setting, old, new)


def check_levels(engine: Engine, converter: TrialConverter, generations: int) -> None:
    """Raise where the trials that are there trained to other fidelities than those of now.

    Those of an earlier version of the experiment were looked at when this one began.

    Raises
    ------
    ConfigurationError
        Naming the remedy.
    """
    lineages = engine.lineages
    for generation in reversed(range(min(lineages.height, generations + 1))):
        member = lineages.members_at(generation)[-1]
        if member.parent is None or engine.is_inherited(member.key):
            continue
        key = converter.key_of(member.params, generation, member.parent, member.base)
        if key != member.key:
            raise ConfigurationError(
                f"Generation {generation} of this experiment trained to another fidelity than it "
                "would now, so what was trained is of no use. Whoever raises generations raises "
                "the fidelity alike: with fidelity(1, 10, base=1) and 9 generations, twice as "
                "many go with fidelity(1, 19, base=1). Or start a new experiment under another "
                "name."
            )
        return


def _is_default(
    configuration: Mapping[str, Any], default_exploit: Callable[[int, int], Exploit]
) -> bool:
    size, generations = (configuration.get(setting) for setting in RAISED)
    if not isinstance(size, int) or not isinstance(generations, int):
        return False
    default = settings.describe(default_exploit(size, generations))
    return bool(configuration.get("exploit") == default)


def _refusal(setting: str, old: object, new: object) -> ConfigurationError:
    return ConfigurationError(
        f"The experiment was begun with {setting} {old!r}, and it is {new!r} now. Of an experiment "
        f"only {' and '.join(RAISED)} can be changed, to more. Set it back, or start a new "
        "experiment under another name."
    )
