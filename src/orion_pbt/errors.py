"""The exceptions of orion-pbt.

::

    PBTError                    every error this package raises on purpose
    ├── ConfigurationError      a setting that cannot work, found before any work is spent
    ├── UnknownMember           a key that names no member of the population
    ├── CheckpointError         files that a trial needs or leaves cannot be kept or found
    ├── StateError              a saved state that cannot be read
    ├── StorageError            the experiment storage cannot do what was asked
    └── ReportError             a script reported something that is not a result
"""

from __future__ import annotations


class PBTError(Exception):
    """Base class of the errors raised by orion-pbt."""


class ConfigurationError(PBTError, ValueError):
    """A setting, or a combination of settings, that cannot work."""


class UnknownMember(PBTError, KeyError):
    """A key that names no member of the population."""

    def __str__(self) -> str:  # KeyError would print the message in quotes
        return str(self.args[0]) if self.args else ""


class StateError(PBTError, ValueError):
    """A saved state that cannot be read; the object that was to read it is unchanged."""


class StorageError(PBTError, RuntimeError):
    """The experiment storage cannot do what was asked; it is unchanged."""


class CheckpointError(PBTError, RuntimeError):
    """The files that a trial starts from, or leaves, cannot be kept or found."""


class ReportError(PBTError, ValueError):
    """A script reported something that is not a result."""


def bad_setting(setting: str, value: object, rule: str, remedy: str) -> ConfigurationError:
    """Return the error for a setting: what it is, what it was, the rule and the remedy."""
    return ConfigurationError(f"{setting} is {value!r}, but {rule}. {remedy}")
