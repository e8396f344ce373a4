"""All trees of a population, with the jumps between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orion_pbt.errors import UnknownMember
from orion_pbt.lineage.tree import TreeNode
from orion_pbt.population import Member, Status, is_rankable, rank


class Lineages:
    """The members of a population and how they descend from each other.

    Two relations hold between members. The *parent* is where the weights came from: it makes one
    tree per root. The *true ancestor* is the member that the same worker trained before: the base
    where the worker gave its member up for another's (a jump), else the parent. Following true
    ancestors gives the *line* of a worker; each member is on one line, so the best of each line
    (its elite) appears once.

    The work of each method is proportional to its answer, or constant.
    """

    def __init__(self) -> None:
        self._roots: list[TreeNode[Member]] = []
        self._nodes: dict[str, TreeNode[Member]] = {}
        self._successors: dict[str, list[str]] = {}
        self._jumps: dict[str, list[str]] = {}
        self._line: dict[str, str] = {}
        self._setbacks: dict[str, int] = {}
        self._generations: list[list[str]] = []
        self._completed: list[list[str]] = []
        self._trained: list[int] = []
        self._archived: set[str] = set()
        self._best: dict[str, list[str | None]] = {}
        self._leaders: dict[int, str] = {}
        self._first_leaders: dict[int, str | None] = {}

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self._nodes)

    def __contains__(self, key: object) -> bool:
        return key in self._nodes

    def __getitem__(self, key: str) -> Member:
        return self.node(key).item

    def __iter__(self) -> Iterator[Member]:
        """Iterate over all members, in order of arrival."""
        return (node.item for node in self._nodes.values())

    def __reversed__(self) -> Iterator[Member]:
        """Iterate over all members, the last that arrived first."""
        return (node.item for node in reversed(self._nodes.values()))

    @property
    def roots(self) -> list[TreeNode[Member]]:
        """The top of each tree, in order of arrival."""
        return list(self._roots)

    def node(self, key: str) -> TreeNode[Member]:
        """Return the tree node of a member.

        Raises
        ------
        UnknownMember
            If there is no such member.
        """
        try:
            return self._nodes[key]
        except KeyError:
            raise UnknownMember(
                f"No member {key!r} among the {len(self)} of this population."
            ) from None

    def add(self, member: Member) -> TreeNode[Member]:
        """Add a member: a root, or a child of a known parent that may replace a known base.

        Raises
        ------
        UnknownMember
            If the parent or the base is unknown.
        ValueError
            If the key is taken, or the generation is not one above the parent's.
        """
        if member.key in self._nodes:
            raise ValueError(f"Member {member.key!r} is already in the lineages.")
        parent = None if member.parent is None else self.node(member.parent)
        ancestor = None if member.true_ancestor is None else self.node(member.true_ancestor).item
        expected = 0 if parent is None else parent.node_depth + 1
        if member.generation != expected:
            raise ValueError(
                f"Member {member.key!r} is of generation {member.generation}, but its parent "
                f"makes it one of generation {expected}."
            )
        node = TreeNode(member, parent)
        self._nodes[member.key] = node
        if parent is None:
            self._roots.append(node)
        if ancestor is None:
            self._line[member.key] = member.key
            self._setbacks[member.key] = 0
        else:
            went_back = member.generation <= ancestor.generation
            self._line[member.key] = self._line[ancestor.key]
            self._setbacks[member.key] = self._setbacks[ancestor.key] + went_back
            self._successors.setdefault(ancestor.key, []).append(member.key)
            decided = ancestor.generation
            self._first_leaders.setdefault(decided, self._leaders.get(decided))
        if member.base is not None:
            self._jumps.setdefault(member.base, []).append(member.key)
        while len(self._generations) <= member.generation:
            self._generations.append([])
            self._completed.append([])
            self._trained.append(0)
        self._generations[member.generation].append(member.key)
        return node

    def complete(self, key: str, objective: float, reported: float | None = None) -> Member:
        """Record the objective of a pending member and return its new record."""
        member = self._settle(key, Status.COMPLETED, objective, reported)
        self._completed[member.generation].append(key)
        self._trained[member.generation] += 1
        if is_rankable(member):
            self._raise_best(member)
        return member

    def break_(self, key: str) -> Member:
        """Record that a pending member broke and return its new record."""
        return self._settle(key, Status.BROKEN, None, None)

    def jumps(self, key: str) -> list[Member]:
        """Return the forks that replaced a member, in order; all but the last one broke."""
        return [self[fork] for fork in self._jumps.get(key, ())]

    def base(self, key: str) -> Member | None:
        """Return the member that a fork replaced; None if the member is no fork."""
        base = self[key].base
        return None if base is None else self[base]

    def true_ancestor(self, key: str) -> Member | None:
        """Return the base if there is one, else the parent; None for a root."""
        ancestor = self[key].true_ancestor
        return None if ancestor is None else self[ancestor]

    def successors(self, key: str) -> list[Member]:
        """Return the members of which this one is the true ancestor; all but the last broke."""
        return [self[successor] for successor in self._successors.get(key, ())]

    def line(self, key: str) -> list[Member]:
        """Return what one worker trained, from its root to this member."""
        members = [self[key]]
        while (ancestor := members[-1].true_ancestor) is not None:
            members.append(self[ancestor])
        return members[::-1]

    def setbacks(self, key: str) -> int:
        """Return how often the line up to this member went back to an earlier generation."""
        self.node(key)
        return self._setbacks[key]

    @property
    def lines(self) -> list[str]:
        """Keys of the roots, in order of arrival; without those that broke, and are replaced."""
        roots = (root.item for root in self._roots)
        return [root.key for root in roots if root.status is not Status.BROKEN]

    def line_root(self, key: str) -> str:
        """Return the key of the first member of a member's line, in constant time."""
        self.node(key)
        return self._line[key]

    @property
    def height(self) -> int:
        """Number of generations that have a member."""
        return len(self._generations)

    def members_at(self, generation: int) -> list[Member]:
        """Return the members of a generation over all trees, in order of arrival."""
        return self._at(self._generations, generation)

    def completed_at(self, generation: int) -> list[Member]:
        """Return the completed members of a generation that count, in order of completion."""
        return self._at(self._completed, generation)

    def count_at(self, generation: int) -> int:
        """Return how many `completed_at` a generation returns, in constant time."""
        return len(self._completed[generation]) if 0 <= generation < len(self._completed) else 0

    def trained_at(self, generation: int) -> int:
        """Return how many members of a generation were completed, archived or not."""
        return self._trained[generation] if 0 <= generation < len(self._trained) else 0

    def archive(self, generation: int) -> None:
        """Let the members completed below a generation be history: nobody is compared with them.

        What they left may be gone. They stay on their lines and in their trees.
        """
        for completed in self._completed[: max(0, generation)]:
            self._archived.update(completed)
            completed.clear()

    def is_archived(self, key: str) -> bool:
        """Whether a member is history; see `archive`."""
        return key in self._archived

    def best_of_line(self, key: str, generation: int | None = None) -> Member | None:
        """Return the best completed member of the line of a member, up to a generation."""
        self.node(key)
        return self._best_up_to(self._line[key], generation)

    def elites(self, generation: int | None = None) -> list[Member]:
        """Return the best completed member of each line, up to a generation if one is given.

        A line whose best is archived has none up to a generation.
        """
        found = (self._best_up_to(line, generation) for line in self._best)
        elites = [member for member in found if member is not None]
        if generation is None:
            return elites
        return [elite for elite in elites if not self.is_archived(elite.key)]

    def best(self, generation: int | None = None) -> Member | None:
        """Return the best completed member of all, or of one generation that counts."""
        members = self.elites() if generation is None else self.completed_at(generation)
        return min(filter(is_rankable, members), key=rank, default=None)

    def leader(self, generation: int) -> Member | None:
        """Return the best that was completed of a generation, archived or not, in constant time."""
        key = self._leaders.get(generation)
        return None if key is None else self[key]

    def first_leader(self, generation: int) -> Member | None:
        """Return who led a generation when the first of it was decided about; else who leads now.

        Who completes it later, as a population may be raised, does not change what was decided.
        """
        key = self._first_leaders.get(generation, self._leaders.get(generation))
        return None if key is None else self[key]

    def _at(self, table: list[list[str]], generation: int) -> list[Member]:
        if not 0 <= generation < len(table):
            return []
        return [self._nodes[key].item for key in table[generation]]

    def _settle(
        self, key: str, status: Status, objective: float | None, reported: float | None
    ) -> Member:
        node = self.node(key)
        if node.item.status is not Status.PENDING:
            raise ValueError(f"Member {key!r} is {node.item.status.value} already.")
        node.item = replace(node.item, status=status, objective=objective, reported=reported)
        return node.item

    def _raise_best(self, member: Member) -> None:
        leader = self.leader(member.generation)
        if leader is None or rank(member) < rank(leader):
            self._leaders[member.generation] = member.key
        # best[g] is the best of the line among generations 0 to g. A line mostly moves forward, so
        # there is mostly nothing after the member's own generation to update.
        best = self._best.setdefault(self._line[member.key], [])
        while len(best) <= member.generation:
            best.append(best[-1] if best else None)
        for generation in range(member.generation, len(best)):
            other = best[generation]
            if other is not None and rank(self[other]) < rank(member):
                break
            best[generation] = member.key

    def _best_up_to(self, line: str, generation: int | None) -> Member | None:
        best = self._best.get(line)
        if not best or (generation is not None and generation < 0):
            return None
        index = len(best) - 1 if generation is None else min(generation, len(best) - 1)
        key = best[index]
        return None if key is None else self[key]
