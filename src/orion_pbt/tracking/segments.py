"""Lines cut where they copy: in each part the fidelity only rises, so that it can be a run.

A tracker of experiments draws what a run logs against a step. A line that gave its weights up for
another's has a new past, and one that went back to an earlier generation is at an earlier step.
So each copy begins a new run, which says where it branched off.
"""

from __future__ import annotations

from dataclasses import dataclass

from orion_pbt.lineage import Lineages
from orion_pbt.population import Member


@dataclass(frozen=True)
class Segment:
    """What one worker trained between two copies.

    Parameters
    ----------
    key:
        Key of its first member.
    line:
        Number of the line, from 1, in the order in which the roots arrived.
    number:
        Number of the segment on its line, from 1. Of two segments with the same numbers only the
        later one has a completed member: the other one broke.
    parent, parent_name:
        Key and name of the segment that its weights come from; None for a root.
    copied:
        Key of the member that its weights come from; None for a root.
    replaced:
        Key of the member that gave way to it; None for a root.
    """

    key: str
    line: int
    number: int = 1
    parent: str | None = None
    parent_name: str | None = None
    copied: str | None = None
    replaced: str | None = None

    @property
    def name(self) -> str:
        """What a person reads, and the name of a directory."""
        return f"line-{self.line}-segment-{self.number}"


def segments_of(lineages: Lineages) -> dict[str, Segment]:
    """Return the segment of each member, by the member's key."""
    segments: dict[str, Segment] = {}
    lines = 0
    for member in lineages:
        if member.parent is None:
            lines += 1
            segments[member.key] = Segment(member.key, lines)
        elif member.base is None:
            segments[member.key] = segments[member.parent]
        else:
            segments[member.key] = _branched(member, segments)
    return segments


def _branched(member: Member, segments: dict[str, Segment]) -> Segment:
    assert member.parent is not None
    assert member.base is not None
    before, parent = segments[member.base], segments[member.parent]
    return Segment(
        key=member.key,
        line=before.line,
        number=before.number + 1,
        parent=parent.key,
        parent_name=parent.name,
        copied=member.parent,
        replaced=member.base,
    )
