"""What the points of a plot are coloured by."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Union

from orion_pbt.errors import bad_setting
from orion_pbt.plotting.data import Picture, Point

OBJECTIVE = "objective"

Tint = Union[float, str, None]
"""A number or a choice; None where there is nothing to show."""


@dataclass(frozen=True)
class Tinting:
    """What colours mean.

    Parameters
    ----------
    name:
        What they show.
    log:
        Whether numbers are spread on a logarithmic scale.
    choices:
        The choices, empty for numbers.
    low, high:
        Numbers at the ends of the scale, or beyond it.
    darker:
        Which numbers are darker: ``'high'`` or ``'low'``. A better score is darker.
    is_score:
        Whether they show the score, and not a hyperparameter.
    """

    name: str
    log: bool = False
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    darker: str = "high"
    is_score: bool = True


def choose_tinting(picture: Picture, color: str = OBJECTIVE) -> Tinting:
    """Return what colours mean in a picture.

    Parameters
    ----------
    picture:
        What is drawn.
    color:
        ``'objective'`` or the name of a hyperparameter.

    Raises
    ------
    ConfigurationError
        If there is no such hyperparameter.
    """
    if color in (OBJECTIVE, picture.score):
        low, high = _bulk(picture)
        return Tinting(
            picture.score, low=low, high=high, darker="high" if picture.maximised else "low"
        )
    for axis in picture.hyperparameters:
        if axis.name == color.lstrip("/"):
            tinting = Tinting(axis.name, axis.log, axis.choices, is_score=False)
            values = [tint_of(point, tinting) for point in picture.points]
            numbers = [value for value in values if isinstance(value, (int, float))]
            if axis.choices or not numbers:
                return tinting
            return replace(tinting, low=min(numbers), high=max(numbers))
    names = ", ".join(axis.name for axis in picture.hyperparameters)
    raise bad_setting(
        "color", color, f"it must be '{OBJECTIVE}' or a hyperparameter", f"There are: {names}."
    )


def tint_of(point: Point, tinting: Tinting) -> Tint:
    """Return what the colour of a point shows."""
    member = point.member
    value: Tint = member.score if tinting.is_score else member.params.get(tinting.name)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _bulk(picture: Picture) -> tuple[float, float]:
    """Return the range of the scores, without the worst few, which would wash out the others."""
    scores = sorted(
        point.member.score
        for point in picture.points
        if point.member.score is not None and math.isfinite(point.member.score)
    )
    if not scores:
        return 0.0, 1.0
    cut = len(scores) // 20
    if picture.maximised:
        return scores[cut], scores[-1]
    return scores[0], scores[-1 - cut]
