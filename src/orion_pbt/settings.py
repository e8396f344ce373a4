"""From a user's configuration to strategies, and back to what `orion info` shows.

A strategy is written as ``{'of_type': 'TruncateExploit', ...}``, as for Oríon's own algorithm, or
shorter: ``'truncate'``, ``{'truncate': {...}}``, or a list of those for a pipeline.
"""

from __future__ import annotations

import dataclasses
import difflib
from typing import Any, Dict, Mapping, Type, TypeVar

from orion_pbt.errors import bad_setting

StrategyT = TypeVar("StrategyT")


def build(kind: str, table: Mapping[str, Type[StrategyT]], config: Any) -> StrategyT:
    """Build a strategy from its configuration.

    Parameters
    ----------
    kind:
        ``'exploit'`` or ``'explore'``: the setting, and the suffix of the long type names.
    table:
        The strategies by their short name.
    config:
        What the user wrote, in any of the spellings above.

    Raises
    ------
    ConfigurationError
        If the strategy or one of its options is unknown or impossible.
    """
    if not isinstance(config, (str, list, tuple, dict)) or not config:
        raise bad_setting(
            kind,
            config,
            "it must be a strategy's name, a mapping with its options, or a list of strategies",
            f"The strategies are {', '.join(sorted(table))}.",
        )
    if isinstance(config, (list, tuple)):
        config = {"pipeline": {f"{kind}_configs": list(config)}}
    elif isinstance(config, str):
        config = {config: {}}
    if "of_type" in config:
        options = dict(config)
        name = options.pop("of_type")
    elif len(config) == 1:
        name, options = next(iter(config.items()))
        options = dict(options or {})
    else:
        raise bad_setting(
            kind,
            config,
            "a mapping names its strategy with 'of_type' or as its only key",
            f"Write e.g. {{'of_type': '{sorted(table)[-1]}', ...}}.",
        )
    strategy = _find(kind, table, str(name))
    nested = f"{kind}_configs"
    if isinstance(options.get(nested), (list, tuple)):
        options[nested] = tuple(build(kind, table, part) for part in options[nested])
    known = [field.name for field in dataclasses.fields(strategy)]  # type: ignore[arg-type]
    for option in options:
        if option not in known:
            raise bad_setting(
                f"{strategy.__name__}'s option",
                option,
                f"its options are {', '.join(known)}",
                _did_you_mean(option, known),
            )
    required = [
        field.name
        for field in dataclasses.fields(strategy)  # type: ignore[arg-type]
        if field.default is dataclasses.MISSING and field.name not in options
    ]
    if required:
        raise bad_setting(
            kind, config, f"{strategy.__name__} needs {', '.join(required)}", "Add it."
        )
    return strategy(**options)


def describe(strategy: Any) -> Dict[str, Any]:
    """Return the configuration of a strategy, in the spelling of Oríon's own algorithm.

    Options that Oríon's own does not have are left out at their default, so that a configuration
    written for it comes back as it was.
    """
    config: Dict[str, Any] = {"of_type": type(strategy).__name__}
    for field in dataclasses.fields(strategy):
        value = getattr(strategy, field.name)
        if isinstance(value, tuple):
            config[field.name] = [describe(part) for part in value]
        elif field.name not in _OURS or value != field.default:
            config[field.name] = value
    return config


_OURS = {"max_backtracks"}


def _find(kind: str, table: Mapping[str, Type[StrategyT]], name: str) -> Type[StrategyT]:
    short = name.lower()
    short = short[: -len(kind)] if short.endswith(kind) and short != kind else short
    if short not in table:
        raise bad_setting(
            kind,
            name,
            f"the strategies are {', '.join(sorted(table))}",
            _did_you_mean(short, list(table)),
        )
    return table[short]


def _did_you_mean(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]!r}?" if close else "Use one of them."
