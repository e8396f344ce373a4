"""What the schedule plot shows: the value of each hyperparameter along the training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from orion_pbt.plotting.data import Hyperparameter, Picture, Point
from orion_pbt.plotting.family import Family

Value = Union[float, str]


@dataclass(frozen=True)
class Stretch:
    """Training with one value, of one trial.

    Parameters
    ----------
    key:
        The trial.
    start, end:
        Fidelity from and to which it trained (generations, where there is no fidelity).
    value:
        The value.
    before:
        The value of its parent, None for a root.
    """

    key: str
    start: float
    end: float
    value: Value
    before: Value | None


@dataclass(frozen=True)
class Panel:
    """One hyperparameter: the stretches of all trials, and those of the winner in order."""

    hyperparameter: Hyperparameter
    stretches: tuple[Stretch, ...]
    winner: tuple[Stretch, ...]


@dataclass(frozen=True)
class ScheduleRecord:
    """The schedule plot.

    Parameters
    ----------
    across:
        What is across: the fidelity or the generation.
    log:
        Whether it is logarithmic.
    panels:
        The hyperparameters.
    """

    across: str
    log: bool
    panels: tuple[Panel, ...]


def record_schedule(picture: Picture) -> ScheduleRecord:
    """Return what the schedule plot of a picture shows."""
    family = Family(picture.points)
    levels = sorted({point.fidelity for point in picture.points if point.fidelity is not None})
    # Geometric levels are as far apart on a logarithmic axis; training begins one step before.
    log = picture.log_fidelity and len(levels) > 1
    first = levels[0] ** 2 / levels[1] if log else 0.0
    panels = []
    for axis in picture.hyperparameters:
        stretches = {
            point.member.key: _stretch(family, point, axis.name, first)
            for point in picture.points
            if axis.name in point.member.params
        }
        keys = [point.member.key for point in family.winners]
        winner = tuple(stretches[key] for key in keys if key in stretches)
        panels.append(Panel(axis, tuple(stretches.values()), winner))
    return ScheduleRecord(picture.fidelity or "generation", log, tuple(panels))


def end_of(point: Point) -> float:
    """Return how far a trial trains."""
    return point.fidelity if point.fidelity is not None else point.member.generation + 1


def _stretch(family: Family, point: Point, name: str, first: float) -> Stretch:
    member = point.member
    parent = None if member.parent is None else family[member.parent]
    return Stretch(
        key=member.key,
        start=first if parent is None else end_of(parent),
        end=end_of(point),
        value=member.params[name],
        before=None if parent is None else parent.member.params.get(name),
    )
