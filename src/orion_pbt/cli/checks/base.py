"""What a check found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

OK, WARNING, PROBLEM = "ok", "warning", "problem"
"""In order, or of no harm; may cost time or results; a run does not work so."""


@dataclass(frozen=True)
class Check:
    """What a check found.

    Parameters
    ----------
    name:
        What was looked at.
    verdict:
        One of `OK`, `WARNING` and `PROBLEM`.
    found:
        What is the case.
    remedy:
        What to do about it; empty if nothing.
    """

    name: str
    verdict: str
    found: str
    remedy: str = ""


def ok(name: str, found: str) -> Check:
    """Return that something is in order."""
    return Check(name, OK, found)


def warning(name: str, found: str, remedy: str) -> Check:
    """Return that something may cost time or results."""
    return Check(name, WARNING, found, remedy)


def problem(name: str, found: str, remedy: str) -> Check:
    """Return that a run does not work so."""
    return Check(name, PROBLEM, found, remedy)


def guarded(name: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """Yield checks; an error that ends them is a finding too, whatever it is."""
    try:
        yield from checks()
    except Exception as error:  # noqa: BLE001  # a doctor that dies of the disease helps nobody
        told = " ".join(str(error).split()) or type(error).__name__
        yield problem(name, told, "Look at what the message names, and run the doctor again.")
