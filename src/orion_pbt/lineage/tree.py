"""A tree that only grows, with its depths indexed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class TreeNode(Generic[T]):
    """A node of a tree that only grows.

    A node is attached to its parent for good when it is made, so that its depth never changes and
    each root can keep an index of its depths. Nothing here recurses.

    Parameters
    ----------
    item:
        What the node carries; it may be replaced.
    parent:
        The node above, None for a root.
    """

    __slots__ = ("_by_depth", "_children", "_node_depth", "_parent", "_root", "item")

    def __init__(self, item: T, parent: TreeNode[T] | None = None) -> None:
        self.item = item
        self._parent = parent
        self._children: list[TreeNode[T]] = []
        self._root: TreeNode[T]
        self._by_depth: list[list[TreeNode[T]]]
        if parent is None:
            self._node_depth = 0
            self._root = self
            self._by_depth = []  # of the whole tree, shared by all its nodes
        else:
            self._node_depth = parent._node_depth + 1
            self._root = parent._root
            self._by_depth = parent._by_depth
            parent._children.append(self)
        if len(self._by_depth) == self._node_depth:
            self._by_depth.append([])
        self._by_depth[self._node_depth].append(self)

    @property
    def parent(self) -> TreeNode[T] | None:
        """The node above, None for a root."""
        return self._parent

    @property
    def children(self) -> list[TreeNode[T]]:
        """The nodes below, in order of arrival."""
        return list(self._children)

    @property
    def root(self) -> TreeNode[T]:
        """The top of the tree; a root returns itself."""
        return self._root

    @property
    def node_depth(self) -> int:
        """Number of edges to the root, in constant time."""
        return self._node_depth

    @property
    def leafs(self) -> list[TreeNode[T]]:
        """The nodes without children at or below this one, in pre-order."""
        return [node for node in self if not node._children]

    def get_nodes_at_depth(self, depth: int) -> list[TreeNode[T]]:
        """Return the nodes `depth` levels below this one, in order of arrival.

        From a root the time is proportional to the answer. From another node it is that of
        walking the levels between.
        """
        if depth < 0:
            return []
        if self._parent is None:
            return list(self._by_depth[depth]) if depth < len(self._by_depth) else []
        level = [self]
        for _ in range(depth):
            level = [child for node in level for child in node._children]
        return level

    def path(self) -> list[TreeNode[T]]:
        """Return the nodes from the root to this one."""
        nodes = [self]
        while nodes[-1]._parent is not None:
            nodes.append(nodes[-1]._parent)
        return nodes[::-1]

    def __iter__(self) -> Iterator[TreeNode[T]]:
        """Iterate over this node and all below it, in pre-order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node._children))

    def __repr__(self) -> str:
        return f"TreeNode({self.item!r}, depth={self._node_depth})"
