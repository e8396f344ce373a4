"""From a user's configuration to strategies, and back to what `orion info` shows.

A strategy is written as ``{'of_type': 'TruncateExploit', ...}``, as for Oríon's own algorithm, or
shorter: ``'truncate'``, ``{'truncate': {...}}``, or a list of those for a pipeline.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

from orion_pbt.errors import bad_setting

StrategyT = TypeVar("StrategyT")


def build(kind: str, table: Mapping[str, type[StrategyT]], config: Any) -> StrategyT:
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
    name, options = _split(kind, table, config)
    strategy = _find(kind, table, name)
    nested = f"{kind}_configs"
    if nested in options:
        parts = options[nested]
        parts = parts if isinstance(parts, (list, tuple)) else [parts]
        options[nested] = tuple(build(kind, table, part) for part in parts)
    _check_options(strategy, options)
    return strategy(**options)


def describe(strategy: Any) -> dict[str, Any]:
    """Return the configuration of a strategy, in the spelling of Oríon's own algorithm.

    Options that Oríon's own does not have are left out at their default, so that a configuration
    written for it comes back as it was.
    """
    config: dict[str, Any] = {"of_type": type(strategy).__name__}
    for field in dataclasses.fields(strategy):
        value = getattr(strategy, field.name)
        if isinstance(value, tuple):
            config[field.name] = [describe(part) for part in value]
        elif field.name not in _OURS or value != field.default:
            config[field.name] = value
    return config


_OURS = {"max_backtracks"}


def _split(kind: str, table: Mapping[str, Any], config: Any) -> tuple[str, dict[str, Any]]:
    """Return the name of a strategy and its options, from any of the spellings."""
    if config and isinstance(config, str):
        return config, {}
    if config and isinstance(config, (list, tuple)):
        return "pipeline", {f"{kind}_configs": list(config)}
    if isinstance(config, dict) and "of_type" in config:
        options = dict(config)
        return str(options.pop("of_type")), options
    if isinstance(config, dict) and len(config) == 1:
        name, options = next(iter(config.items()))
        if options is None or isinstance(options, dict):
            return str(name), dict(options or {})
    raise bad_setting(
        kind,
        config,
        "it must be a strategy's name, {name: {options}}, {'of_type': name, ...}, or a list of "
        "those",
        f"The strategies are {', '.join(sorted(table))}.",
    )


def _check_options(strategy: type[Any], options: Mapping[str, Any]) -> None:
    fields = dataclasses.fields(strategy)
    known = [field.name for field in fields]
    for option in options:
        if option not in known:
            raise bad_setting(
                f"{strategy.__name__}'s option",
                option,
                f"its options are {', '.join(known)}",
                _did_you_mean(str(option), known),
            )
    for field in fields:
        if field.default is dataclasses.MISSING and field.name not in options:
            raise bad_setting(
                f"{strategy.__name__}'s {field.name}", None, "it is required", "Add it."
            )


def _find(kind: str, table: Mapping[str, type[StrategyT]], name: str) -> type[StrategyT]:
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
