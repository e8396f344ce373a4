"""What an examination found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The answer to one question about a population.

    Parameters
    ----------
    question:
        What was looked at.
    is_fine:
        False where a person should do something; None where there is too little to judge by.
    found:
        What was measured, for a person to read.
    remedy:
        What can be done about it; empty where nothing has to be.
    value:
        The number that was judged, if there is one.
    """

    question: str
    is_fine: bool | None
    found: str
    remedy: str = ""
    value: float | None = None
