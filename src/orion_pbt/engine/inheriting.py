"""A population that goes on in a new version of its experiment, with other settings or space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from orion_pbt.engine import log
from orion_pbt.engine.engine import Engine
from orion_pbt.population import Member
from orion_pbt.space import Params, Space

Adapt = Callable[[Member], "tuple[str, Params]"]
"""A member of the earlier version → its key and hyperparameters in the new one."""


def inherited_log(earlier: Engine, space: Space, adapt: Adapt, of: str) -> str:
    """Return the log with which a new version begins, where an earlier one has ended.

    It is that of the earlier version, as the new one sees it, and an event that says whose it was.
    The work is proportional to the number of members; it is done once.

    Parameters
    ----------
    earlier:
        The population as it is.
    space:
        The hyperparameters of the new version.
    adapt:
        See `Adapt`.
    of:
        What the earlier version is called, for people to read.
    """
    codes: dict[str, Mapping[str, Any]] = {}
    lines = []
    for event in log.read(earlier.state["log"]):
        if "k" in event:
            member = earlier.lineages[event["k"]]
            key, params = adapt(member)
            code = codes[member.key] = space.encode(params)
            event = {**event, "k": key, "x": code}
            if member.parent is not None and repr(code) == repr(codes[member.parent]):
                del event["x"]
        lines.append(log.write(event))
    return "".join([*lines, log.write({"e": "version", "of": of})])
