"""How a user says what is copied how, and what is kept."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Callable

from orion_pbt.checkpoints.retention import Policy
from orion_pbt.checkpoints.transfer import MODES
from orion_pbt.errors import bad_setting

PREFIX = "ORION_PBT_CHECKPOINTS_"
NONE = "none"
"""The mode that copies nothing: the script loads from one directory and saves to another."""
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


@dataclass(frozen=True)
class Settings:
    """How checkpoints are handed on and kept.

    Each can be set in the environment of each worker, by the name in parentheses.

    Parameters
    ----------
    transfer:
        ``'auto'``: reflink where the file system can, else copy. ``'link'``: hard links, for
        scripts that write files anew and never change one in place. ``'copy'``: always copy.
        ``'none'``: nothing, for scripts that load from ``ORION_PBT_LOAD_DIR`` and save to
        ``ORION_PBT_SAVE_DIR``. (``ORION_PBT_CHECKPOINTS_TRANSFER``)
    keep:
        ``'needed'``, or ``'all'`` to remove nothing. (``ORION_PBT_CHECKPOINTS_KEEP``)
    best:
        How many of the best checkpoints are kept. (``ORION_PBT_CHECKPOINTS_BEST``)
    each_generation:
        Whether the best of each generation is kept. (``ORION_PBT_CHECKPOINTS_EACH_GENERATION``)
    quota:
        Bytes that all may take, None for no limit; in the environment as ``500GB`` or ``2TiB``.
        (``ORION_PBT_CHECKPOINTS_QUOTA``)
    store:
        Where completed trials' checkpoints are kept, as a URL that fsspec understands; None for
        the experiment's directory. (``ORION_PBT_CHECKPOINTS_STORE``)
    flush:
        Whether copies are brought to the disk before they count, so that they outlive a power cut.
        (``ORION_PBT_CHECKPOINTS_FLUSH``)

    Raises
    ------
    ConfigurationError
        If a setting cannot work.
    """

    transfer: str = "auto"
    keep: str = "needed"
    best: int = 1
    each_generation: bool = False
    quota: int | None = None
    store: str | None = None
    flush: bool = True

    def __post_init__(self) -> None:
        for name, value, known in (
            ("transfer", self.transfer, [*MODES, NONE]),
            ("keep", self.keep, ["needed", "all"]),
        ):
            if value not in known:
                raise bad_setting(
                    f"{PREFIX}{name.upper()}",
                    value,
                    f"it is one of {', '.join(known)}",
                    f"Leave it out for {known[0]!r}.",
                )
        self.policy  # noqa: B018 (it checks the others)

    @property
    def policy(self) -> Policy:
        """What is kept beside what is needed."""
        return Policy(self.keep == "all", self.best, self.each_generation, self.quota)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Return what the environment says.

        Raises
        ------
        ConfigurationError
            If a variable is unknown or its value cannot work.
        """
        values = {}
        for name, text in environment.items():
            if not name.startswith(PREFIX) or not text:
                continue
            field = name[len(PREFIX) :].lower()
            if field not in _PARSERS:
                raise bad_setting(
                    name,
                    text,
                    "there is no such setting",
                    f"There are {', '.join(PREFIX + known.upper() for known in _PARSERS)}.",
                )
            values[field] = _PARSERS[field](name, text)
        return cls(**values)  # type: ignore[arg-type]


def _text(name: str, text: str) -> str:
    return text.strip()


def _word(name: str, text: str) -> str:
    return text.strip().lower()


def _count(name: str, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise bad_setting(name, text, "it is a whole number above 0", "Use e.g. 3.")
    return number


def _switch(name: str, text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.strip().lower() not in words:
        raise bad_setting(name, text, "it is 1 or 0", "Use 1 to turn it on.")
    return words[text.strip().lower()]


def to_bytes(name: str, text: str) -> int:
    """Return the bytes of a size such as ``500GB`` or ``2TiB``.

    Raises
    ------
    ConfigurationError
        If it is no size above 0.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", text.lower())
    size = 0
    if match is not None:
        number, unit, binary = match.groups()
        size = int(float(number) * (_BINARY_UNITS if binary else _UNITS)[unit])
    if size < 1:
        raise bad_setting(name, text, "it is a size above 0", "Use e.g. 500GB or 2TiB.")
    return size


_PARSERS: dict[str, Callable[[str, str], object]] = {
    "transfer": _word,
    "keep": _word,
    "best": _count,
    "each_generation": _switch,
    "quota": to_bytes,
    "store": _text,
    "flush": _switch,
}
