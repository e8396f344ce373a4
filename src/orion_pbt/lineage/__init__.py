"""Who came from whom: one tree per root, the jumps between them, and the lines of workers."""

from orion_pbt.lineage.lineages import Lineages
from orion_pbt.lineage.tree import TreeNode

__all__ = ["Lineages", "TreeNode"]
