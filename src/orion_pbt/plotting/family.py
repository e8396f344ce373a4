"""How the points of a picture descend from each other."""

from __future__ import annotations

from collections.abc import Iterable

from orion_pbt.plotting.data import Point
from orion_pbt.population import Status, is_rankable, rank


class Family:
    """The points of a picture, by key, with their relations.

    Unlike `orion_pbt.lineage.Lineages` it takes what it gets: trials of any algorithm that
    branches, of several versions of an experiment, or with a parent that is missing.

    Parameters
    ----------
    points:
        Parents come before their children.
    """

    def __init__(self, points: Iterable[Point]) -> None:
        self.points = {point.member.key: point for point in points}
        self._children: dict[str, list[Point]] = {}
        self._successors: dict[str, list[Point]] = {}
        self._generations: dict[int, list[Point]] = {}
        for point in self.points.values():
            member = point.member
            if member.parent is not None:
                self._children.setdefault(member.parent, []).append(point)
            if member.true_ancestor is not None:
                self._successors.setdefault(member.true_ancestor, []).append(point)
            if is_rankable(member):
                self._generations.setdefault(member.generation, []).append(point)
        self._places = {
            point.member.key: (place, len(points))
            for points in self._generations.values()
            for place, point in enumerate(sorted(points, key=_rank), 1)
        }

    def __getitem__(self, key: str) -> Point:
        return self.points[key]

    def children(self, key: str) -> list[Point]:
        """Return the points that start from the weights of this one."""
        return self._children.get(key, [])

    def successors(self, key: str) -> list[Point]:
        """Return the points that went on in this one's place, or tried to."""
        return self._successors.get(key, [])

    def heir(self, key: str) -> Point | None:
        """Return the point that goes on in this one's place.

        It did not break, if there is such a one. Where replacements are unknown, several may have
        gone on from here: then it is the first that kept the hyperparameters.
        """
        successors = self.successors(key)
        alive = [point for point in successors if point.member.status is not Status.BROKEN]
        params = self[key].member.params
        unchanged = [point for point in alive if point.member.params == params]
        return next(iter([*unchanged, *alive[::-1], *successors[::-1]]), None)

    def place(self, key: str) -> tuple[int, int] | None:
        """Return the rank of a point and how many points of its generation are ranked."""
        return self._places.get(key)

    @property
    def best(self) -> Point | None:
        """The best completed point of all."""
        ranked = [point for points in self._generations.values() for point in points]
        return min(ranked, key=_rank, default=None)

    def path(self, key: str) -> list[Point]:
        """Return where the weights of a point come from: its root, …, the point itself."""
        path = [self[key]]
        while path[-1].member.parent is not None:
            path.append(self[path[-1].member.parent])
        return path[::-1]

    @property
    def winners(self) -> list[Point]:
        """The path to the best point; empty if there is none."""
        return [] if self.best is None else self.path(self.best.member.key)

    @property
    def survivors(self) -> frozenset[str]:
        """Points whose weights live on in the last generation that was reached."""
        alive = [point for point in self.points.values() if point.member.status.value != "broken"]
        last = max((point.member.generation for point in alive), default=0)
        found: set[str] = set()
        for point in alive:
            key: str | None = point.member.key
            if point.member.generation == last:
                while key is not None and key not in found:
                    found.add(key)
                    key = self[key].member.parent
        return frozenset(found)


def _rank(point: Point) -> tuple[bool, float, str]:
    return rank(point.member)
