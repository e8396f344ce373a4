"""The log of a population: one JSON line for each thing that happened to it.

The log is the whole state of the engine. It only grows, and replaying it makes the same population
again. Members are numbered by their order of arrival and refer to each other by number.

===========  =====================================================================================
``"e"``      what happened, and the other fields
===========  =====================================================================================
``size``     the population has ``n`` members and ``g`` generations, at first or raised later
``root``     a root was drawn from the prior: its key ``k`` and hyperparameters ``x``
``insert``   a user inserted a root: ``k``, ``x``
``child``    a decision made a member: ``k``, number of its parent ``p``, number of its base ``b``
             if it is a fork, ``x`` unless they are the parent's
``done``     member number ``i`` was completed with objective ``o``, reported as ``r`` if another
``broken``   member number ``i`` broke
``stop``     no more is tried from member number ``i`` (null: for a root), because ``why``
``version``  all that is above happened in an earlier version of the experiment, named ``of``
===========  =====================================================================================
"""

from __future__ import annotations

import json
from typing import Any

from orion_pbt.errors import StateError

SCHEMA = 1
"""Number of this format; a state of another schema is refused."""

Event = dict[str, Any]


def write(event: Event) -> str:
    """Return an event as one line. Infinite numbers and NaN are written as Python writes them."""
    return json.dumps(event, separators=(",", ":")) + "\n"


def read(text: str) -> list[Event]:
    """Return the events of a log.

    Raises
    ------
    StateError
        If a line is not an event, or the last one is cut off.
    """
    if text and not text.endswith("\n"):
        raise StateError(f"The log's last line is cut off: {text[-80:]!r}")
    events = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            event = json.loads(line)
            event["e"]
        except (ValueError, TypeError, KeyError) as error:
            raise StateError(f"Line {number} of the log is no event: {line[:80]!r}") from error
        events.append(event)
    return events
