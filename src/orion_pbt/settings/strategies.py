"""From a user's configuration to strategies, and back to what `orion info` shows.

A strategy is written as ``{'of_type': 'TruncateExploit', ...}``, as for Oríon's own algorithm, or
shorter: ``'truncate'``, ``{'truncate': {...}}``, a list of those for a pipeline, or
``'module:function'`` for a function of the user's own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from orion_pbt.errors import bad_setting
from orion_pbt.settings.suggestions import did_you_mean

StrategyT = TypeVar("StrategyT")

OURS = {"ours": True}
"""Metadata of an option that Oríon's own strategy of that name does not have."""

PARTS, NAMED_PARTS = {"parts": "in order"}, {"parts": "by name"}
"""Metadata of an option that consists of strategies, in order or by name."""


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
    _check_options(strategy, options)
    fields: Any = dataclasses.fields(strategy)  # type: ignore[arg-type]
    forms = {field.name: field.metadata.get("parts") for field in fields}
    for option, value in options.items():
        if forms[option] is not None:
            options[option] = _build_parts(kind, table, forms[option], option, value)
        elif isinstance(value, list):
            options[option] = tuple(value)
    return strategy(**options)


def describe(strategy: Any) -> dict[str, Any]:
    """Return the configuration of a strategy, in the spelling of Oríon's own algorithm.

    Options that Oríon's own does not have are left out at their default, so that a configuration
    written for it comes back as it was.
    """
    config: dict[str, Any] = {"of_type": type(strategy).__name__}
    for field in dataclasses.fields(strategy):
        value = getattr(strategy, field.name)
        if "ours" not in field.metadata or value != field.default:
            config[field.name] = _describe_value(value)
    return config


def _build_parts(
    kind: str, table: Mapping[str, type[StrategyT]], form: str, option: str, value: Any
) -> Any:
    if form == "in order":
        parts = value if isinstance(value, (list, tuple)) else [value]
        return tuple(build(kind, table, part) for part in parts)
    pairs = value if isinstance(value, list) else [value]
    if not all(isinstance(pair, Mapping) for pair in pairs):
        raise bad_setting(
            option, value, "it goes by hyperparameter", "Write it as {name: strategy, ...}."
        )
    return {str(name): build(kind, table, part) for pair in pairs for name, part in pair.items()}


def _describe_value(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return describe(value)
    if isinstance(value, (list, tuple)):
        return [_describe_value(part) for part in value]
    if isinstance(value, Mapping):
        # Not as one mapping: Oríon's databases mix up keys with dots, and equal keys in each other.
        return [{name: _describe_value(part)} for name, part in value.items()]
    return value


def _split(kind: str, table: Mapping[str, Any], config: Any) -> tuple[str, dict[str, Any]]:
    """Return the name of a strategy and its options, from any of the spellings."""
    if isinstance(config, str) and ":" in config:
        return "user", {"function": config}
    if config and isinstance(config, str):
        return config, {}
    if config and isinstance(config, (list, tuple)):
        return "pipeline", {f"{kind}_configs": list(config)}
    if isinstance(config, dict) and "of_type" in config:
        options = dict(config)
        name = str(options.pop("of_type"))
        return _split(kind, table, _last_written(kind, table, name, options) or {name: options})
    if isinstance(config, dict) and len(config) == 1:
        name, options = next(iter(config.items()))
        if options is None or isinstance(options, dict):
            return str(name), dict(options or {})
    raise bad_setting(
        kind,
        config,
        "it must be a strategy's name, {name: {options}}, {'of_type': name, ...}, "
        "'module:function', or a list of those",
        f"The strategies are {', '.join(sorted(table))}.",
    )


def _last_written(
    kind: str, table: Mapping[str, Any], name: str, options: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return what the user wrote, where Oríon has merged it into what an experiment was begun with.

    ``{'truncate': {...}}`` is then one of the options of ``{'of_type': 'TruncateExploit', ...}``.
    """
    strategy = table.get(_short(kind, name))
    known = [field.name for field in dataclasses.fields(strategy)] if strategy else []
    found = [option for option in options if option not in known and _short(kind, option) in table]
    return {found[0]: options[found[0]]} if len(found) == 1 else None


def _check_options(strategy: type[Any], options: Mapping[str, Any]) -> None:
    fields = dataclasses.fields(strategy)
    known = [field.name for field in fields]
    for option in options:
        if option not in known:
            raise bad_setting(
                f"{strategy.__name__}'s option",
                option,
                f"its options are {', '.join(known)}",
                did_you_mean(str(option), known),
            )
    for field in fields:
        has_default = (field.default, field.default_factory) != (dataclasses.MISSING,) * 2
        if not has_default and field.name not in options:
            raise bad_setting(
                f"{strategy.__name__}'s {field.name}", None, "it is required", "Add it."
            )


def _find(kind: str, table: Mapping[str, type[StrategyT]], name: str) -> type[StrategyT]:
    short = _short(kind, name)
    if short not in table:
        raise bad_setting(
            kind,
            name,
            f"the strategies are {', '.join(sorted(table))}",
            did_you_mean(short, list(table)),
        )
    return table[short]


def _short(kind: str, name: Any) -> str:
    short = str(name).lower().replace("_", "")
    return short[: -len(kind)] if short.endswith(kind) and short != kind else short
