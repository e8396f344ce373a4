"""Ranges that options of several strategies have in common."""

from __future__ import annotations

from orion_pbt.errors import bad_setting


def check_whole(setting: str, value: object, least: int, remedy: str, rule: str = "") -> None:
    """Raise unless an option is a whole number that is large enough.

    Parameters
    ----------
    setting:
        Its full name, as ``'TTestExploit.evaluations'``.
    value:
        What the user wrote.
    least:
        The smallest number that it may be.
    remedy:
        What to do.
    rule:
        What it must be, where a person would put it in other words.

    Raises
    ------
    ConfigurationError
        If it is not.
    """
    if type(value) is not int or value < least:
        rule = rule or f"it must be a whole number of at least {least}"
        raise bad_setting(setting, value, rule, remedy)
