"""Whether the environment variables of this package are known and can work."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields

from orion_pbt.checkpoints.settings import PREFIX, Settings
from orion_pbt.cli.checks.base import Check, ok, problem
from orion_pbt.errors import ConfigurationError

OURS = "ORION_PBT_"
KNOWN = (
    "ORION_PBT_APPLIED",
    "ORION_PBT_CHECKPOINT_DIR",
    "ORION_PBT_LOAD_DIR",
    "ORION_PBT_PARAMS",
    "ORION_PBT_REPETITION",
    "ORION_PBT_REPLICA",
    "ORION_PBT_RESTARTS",
    "ORION_PBT_SAVE_DIR",
    *(PREFIX + field.name.upper() for field in fields(Settings)),
)
"""The variables of this package."""


def check_environment(environment: Mapping[str, str] = os.environ) -> Iterator[Check]:
    """Check the variables; a misspelled one would have no effect, or end a run."""
    names = sorted(name for name in environment if name.startswith(OURS))
    for name in names:
        if name in KNOWN:
            yield ok(name, environment[name])
            continue
        ends = [known[len(OURS) :] for known in KNOWN]
        close = difflib.get_close_matches(name[len(OURS) :], ends, n=1)
        known = ", ".join(sorted(KNOWN))
        remedy = f"Did you mean {OURS}{close[0]}?" if close else f"There are {known}."
        yield problem(name, "there is no such variable", remedy)
    try:
        Settings.from_environment({name: environment[name] for name in names if name in KNOWN})
    except ConfigurationError as error:
        yield problem("environment", str(error), "Set it anew, or unset it.")
    if not names:
        yield ok("environment", f"no variable that begins with {OURS} is set")
