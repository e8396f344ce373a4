"""What the lineage plot shows: points, what leads from one to another, and the winner's line."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from orion_pbt.plotting.data import Picture
from orion_pbt.plotting.family import Family
from orion_pbt.plotting.lanes import assign_lanes
from orion_pbt.plotting.reasons import describe
from orion_pbt.plotting.tints import OBJECTIVE, Tint, Tinting, choose_tinting, tint_of
from orion_pbt.population import Status


class Way(enum.Enum):
    """How one point leads to another."""

    KEEP = "keep"
    """A member goes on."""
    FORK = "fork"
    """The weights of one are copied to another."""
    JUMP = "jump"
    """A member is replaced by the copy."""


@dataclass(frozen=True)
class Node:
    """A trial in the plot: where it is, how it looks, and what is said of it."""

    key: str
    x: int
    y: float
    status: Status
    tint: Tint
    inserted: bool
    told: tuple[str, ...]


@dataclass(frozen=True)
class Edge:
    """What leads from one trial to another.

    Parameters
    ----------
    way, start, end:
        How, from where and to where, by key.
    lives:
        Whether what it led to lives on in the last generation.
    """

    way: Way
    start: str
    end: str
    lives: bool


@dataclass(frozen=True)
class LineageRecord:
    """The lineage plot.

    Parameters
    ----------
    nodes, edges:
        The trials and how they lead to each other, in order of arrival.
    winner:
        The trials whose weights became the best one's, by key, the best one last.
    tinting:
        What colours mean.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    winner: tuple[str, ...]
    tinting: Tinting


def record_lineage(picture: Picture, color: str = OBJECTIVE) -> LineageRecord:
    """Return what the lineage plot of a picture shows; see `choose_tinting` for the colour."""
    family = Family(picture.points)
    heights = assign_lanes(family)
    tinting = choose_tinting(picture, color)
    nodes = tuple(
        Node(
            key=point.member.key,
            x=point.member.generation,
            y=heights[point.member.key],
            status=point.member.status,
            tint=tint_of(point, tinting),
            inserted=point.inserted,
            told=describe(picture, family, point),
        )
        for point in picture.points
    )
    winner = tuple(point.member.key for point in family.winners)
    return LineageRecord(nodes, tuple(_edges(family, heights)), winner, tinting)


def _edges(family: Family, heights: dict[str, float]) -> list[Edge]:
    survivors = family.survivors
    edges = []
    for key, point in family.points.items():
        member, lives = point.member, key in survivors
        if member.parent is not None:
            same_lane = int(heights[member.parent]) == int(heights[key])
            is_kept = member.base is None and same_lane
            edges.append(Edge(Way.KEEP if is_kept else Way.FORK, member.parent, key, lives))
        if member.base is not None:
            edges.append(Edge(Way.JUMP, member.base, key, lives))
    return edges
