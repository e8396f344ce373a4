"""What the population plot shows: the scores, the best so far, and where the members are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from orion_pbt.errors import bad_setting
from orion_pbt.plotting.data import Hyperparameter, Picture
from orion_pbt.plotting.family import Family
from orion_pbt.plotting.reasons import describe
from orion_pbt.plotting.schedule_record import end_of
from orion_pbt.plotting.tints import OBJECTIVE, Tint, Tinting, choose_tinting, tint_of
from orion_pbt.population import is_rankable

Value = Union[float, str]


@dataclass(frozen=True)
class Dot:
    """A completed trial.

    Parameters
    ----------
    key, generation, told:
        Which one it is, and what is said of it.
    level:
        Its fidelity, or generation.
    score:
        What the user's script reported.
    x, y:
        Its values of the two hyperparameters that are shown; `y` is the score if there is one
        hyperparameter only.
    tint:
        What its colour shows.
    """

    key: str
    generation: int
    level: float
    score: float
    x: Value
    y: Value
    tint: Tint
    told: tuple[str, ...]


@dataclass(frozen=True)
class PopulationRecord:
    """The population plot.

    Parameters
    ----------
    across:
        What is across in the plot of scores: the fidelity or the generation.
    dots:
        The completed trials that can be ranked, in order of arrival.
    frontier:
        For each level the best score of all trials up to it.
    winner:
        The trials whose weights became the best one's, by key, the best one last.
    x, y:
        The two hyperparameters; `y` is None if there is one only.
    tinting:
        What colours mean.
    """

    across: str
    dots: tuple[Dot, ...]
    frontier: tuple[tuple[float, float], ...]
    winner: tuple[str, ...]
    x: Hyperparameter
    y: Hyperparameter | None
    tinting: Tinting


def record_population(
    picture: Picture, x: str | None = None, y: str | None = None, color: str = OBJECTIVE
) -> PopulationRecord:
    """Return what the population plot of a picture shows; see `draw_population`."""
    family = Family(picture.points)
    tinting = choose_tinting(picture, color)
    across, down = _choose_axes(picture, x, y)
    dots = []
    for point in picture.points:
        member = point.member
        shown = [axis.name for axis in (across, down) if axis is not None]
        if is_rankable(member) and all(name in member.params for name in shown):
            assert member.score is not None
            dots.append(
                Dot(
                    key=member.key,
                    generation=member.generation,
                    level=end_of(point),
                    score=member.score,
                    x=member.params[across.name],
                    y=member.score if down is None else member.params[down.name],
                    tint=tint_of(point, tinting),
                    told=describe(picture, family, point),
                )
            )
    return PopulationRecord(
        across=picture.fidelity or "generation",
        dots=tuple(dots),
        frontier=_frontier(dots, picture.maximised),
        winner=tuple(point.member.key for point in family.winners),
        x=across,
        y=down,
        tinting=tinting,
    )


def _frontier(dots: list[Dot], maximised: bool) -> tuple[tuple[float, float], ...]:
    better = max if maximised else min
    best: dict[float, float] = {}
    for dot in sorted(dots, key=lambda dot: dot.level):
        before = best.get(dot.level, next(reversed(best.values()), dot.score))
        best[dot.level] = better(before, dot.score)
    return tuple(best.items())


def _choose_axes(
    picture: Picture, x: str | None, y: str | None
) -> tuple[Hyperparameter, Hyperparameter | None]:
    """Return the hyperparameters that were asked for, else the first ones, real numbers first."""
    axes = {axis.name: axis for axis in picture.hyperparameters}
    for setting, name in (("x", x), ("y", y)):
        if name is not None and name.lstrip("/") not in axes:
            raise bad_setting(
                setting, name, "it must be a hyperparameter", f"There are: {', '.join(axes)}."
            )
    ordered = sorted(axes.values(), key=lambda axis: (bool(axis.choices), axis.whole))
    asked = [axes[name.lstrip("/")] for name in (x, y) if name is not None]
    free = [axis for axis in ordered if axis not in asked]
    across = axes[x.lstrip("/")] if x is not None else free.pop(0) if free else asked[0]
    down = axes[y.lstrip("/")] if y is not None else next(iter(free), None)
    return across, down if down != across else None
