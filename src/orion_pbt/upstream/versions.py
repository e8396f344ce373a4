"""What the corrections ask the tree of an experiment's versions."""

from __future__ import annotations

from typing import Any


def is_only_version(node: Any) -> bool:
    """Whether an experiment, by its node, has no other versions (as far as it has looked)."""
    return node is None or (node.parent is None and not node.children)


def other_versions(node: Any) -> list[Any]:
    """Return the nodes of the other versions of an experiment, loading them where need be."""
    return [other for other in node.root if other is not node]
