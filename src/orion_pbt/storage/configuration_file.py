"""The storage's options in the file that a command was given with ``--config``.

Oríon's command line keeps only ``type`` and ``database`` of them, the options it knows before any
plugin is loaded. So the file is read once more here.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from orion.core.utils.exceptions import NoConfigurationError

from orion_pbt.errors import StorageError
from orion_pbt.settings.suggestions import did_you_mean

COMMANDS = ("orion", "orion-pbt")
"""The programs whose ``--config`` is one of Oríon's."""
OPTIONS = ("url", "lock_lease", "trial_lease")
"""The options that only this storage has."""
KNOWN_TO_ORION = ("type", "database")


class BadOption(StorageError, NoConfigurationError):
    """An option that cannot work, which Oríon's commands print without a traceback."""


def read_options(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the options that the file sets; nothing if it is about another storage, or not there.

    Parameters
    ----------
    arguments:
        The command, with the program's name.

    Raises
    ------
    BadOption
        If an option is unknown, or its value cannot be.
    """
    path = _find(arguments)
    if path is None:
        return {}
    with open(path, encoding="utf8") as file:
        content = yaml.safe_load(file)
    storage = content.get("storage") if isinstance(content, dict) else None
    if not isinstance(storage, dict) or str(storage.get("type", "")).lower() != "sql":
        return {}
    for name in storage:
        if name not in OPTIONS and name not in KNOWN_TO_ORION:
            raise BadOption(
                f"The storage in {path} has the option {name!r}, but its options are "
                f"{', '.join(OPTIONS)}. {did_you_mean(str(name), OPTIONS)}"
            )
    options = {name: storage[name] for name in OPTIONS if storage.get(name) is not None}
    if not isinstance(options.get("url", ""), str):
        raise BadOption(
            f"The storage's url is {options['url']!r}, but it must be a text. Use e.g. "
            "sqlite:///pbt.db."
        )
    return options


def to_lease(option: str, value: Any) -> float:
    """Return the seconds of a lease.

    Raises
    ------
    BadOption
        If it is not a number above 0.
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 < value < math.inf:
        raise BadOption(
            f"The storage's {option} is {value!r}, but it must be a number of seconds above 0. "
            "Leave it out for the usual one."
        )
    return float(value)


def _find(arguments: Sequence[str]) -> str | None:
    if Path(arguments[0] if arguments else "").stem not in COMMANDS:
        return None
    for argument, following in zip(arguments, [*arguments[1:], ""]):
        if argument in ("-c", "--config"):
            path = following
        elif argument.startswith("--config="):
            path = argument[len("--config=") :]
        elif argument.startswith("-c"):
            path = argument[len("-c") :]
        else:
            continue
        if os.path.isfile(path):
            return path  # the first: the user's script, which comes after, may have one as well
    return None
