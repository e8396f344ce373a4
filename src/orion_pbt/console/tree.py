"""The lineage as text: one row for each stretch of training with the same hyperparameters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from orion_pbt.console.text import format_number, format_params, short_id
from orion_pbt.lineage import Lineages, TreeNode
from orion_pbt.population import Member, Status

Node = TreeNode[Member]

LEGEND = (
    "a row trains with the same hyperparameters: the score of each generation; "
    "↳ copied, with what was changed; ⊣ replaced; ✗ broke; … to be trained; ★ best"
)


def format_tree(lineages: Lineages, best: Member | None = None, max_rows: int = 60) -> str:
    """Return the trees of a population as text.

    Parameters
    ----------
    lineages:
        The population.
    best:
        The member that is starred; the best of all if None.
    max_rows:
        Rows shown at most; how many more there are is said.
    """
    best = best or lineages.best()
    winners = set() if best is None else {node.item.key for node in lineages.node(best.key).path()}
    rows: list[str] = []
    hidden = 0
    for start, indent in _stretches(lineages):
        if len(rows) < max_rows:
            rows.append(_format_stretch(lineages, start, indent, winners, best))
        else:
            hidden += 1
    if hidden:
        rows.append(f"… and {hidden} more rows")
    return "\n".join([*rows, LEGEND] if rows else ["No trial yet."])


def _stretches(lineages: Lineages) -> Iterator[tuple[Node, int]]:
    """Yield the first node of each stretch with its indentation, in pre-order."""
    stack = [(root, 0) for root in reversed(lineages.roots)]
    while stack:
        start, indent = stack.pop()
        yield start, indent
        stretch = _stretch(start)
        forks = [
            child
            for node, following in zip_longest(stretch, stretch[1:])
            for child in node.children
            if child is not following
        ]
        stack.extend((fork, indent + 1) for fork in reversed(forks))


def _stretch(start: Node) -> list[Node]:
    """Return a node and those that went on from it unchanged."""
    nodes = [start]
    while True:
        going_on = [
            child
            for child in nodes[-1].children
            if child.item.base is None and child.item.params == nodes[-1].item.params
        ]
        if not going_on:
            return nodes
        nodes.append(going_on[-1])


def _format_stretch(
    lineages: Lineages, start: Node, indent: int, winners: set[str], best: Member | None
) -> str:
    nodes = _stretch(start)
    scores = " → ".join(_format_member(lineages, node.item, best) for node in nodes)
    mark = "┃" if nodes[-1].item.key in winners or start.item.key in winners else " "
    member, parent = start.item, start.parent
    if parent is None:
        what = format_params(member.params)
    else:
        what = f"↳ {format_params(member.params, changed_from=parent.item.params)}"
    return (
        f"{mark} {'   ' * indent}{short_id(member.key)} {what}  "
        f"[generation {member.generation}: {scores}]"
    )


def _format_member(lineages: Lineages, member: Member, best: Member | None) -> str:
    if member.status is Status.BROKEN:
        return "✗"
    if member.status is Status.PENDING:
        return "…"
    text = format_number(member.score)
    if best is not None and member.key == best.key:
        text += " ★"
    if lineages.jumps(member.key):
        text += " ⊣"
    return text
