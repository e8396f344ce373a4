"""What a person sees of a run in the terminal: progress, the end of it, the lineage tree."""

from orion_pbt.console.replays import format_replays
from orion_pbt.console.shown import shown
from orion_pbt.console.summary import format_summary
from orion_pbt.console.tree import format_tree

__all__ = ["format_replays", "format_summary", "format_tree", "shown"]
