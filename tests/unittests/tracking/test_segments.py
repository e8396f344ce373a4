"""Lines cut where they copy."""

from __future__ import annotations

from orion_pbt.lineage import Lineages
from orion_pbt.population import Status
from orion_pbt.tracking.segments import Segment, segments_of


def test_each_copy_begins_a_segment_and_nothing_else_does(lineages: Lineages) -> None:
    found: dict[Segment, list[str]] = {}
    for key, segment in segments_of(lineages).items():
        found.setdefault(segment, []).append(key)
    assert found == {
        Segment("a0", 1): ["a0", "a1", "a2", "a3"],
        Segment("b0", 2): ["b0", "b1"],
        # It broke and went on varied: no copy, and the fidelity goes on.
        Segment("c0", 3): ["c0", "c1", "c1x", "c2", "c3"],
        Segment("broken", 2, 2, "a0", "line-1-segment-1", "a1", "b1"): ["broken"],
        Segment("f2", 2, 2, "a0", "line-1-segment-1", "a1", "b1"): ["f2", "f3"],
        Segment("back1", 3, 2, "b0", "line-2-segment-1", "b0", "c3"): ["back1", "pending"],
    }


def test_of_the_completed_members_of_a_segment_each_is_of_a_later_generation(
    lineages: Lineages,
) -> None:
    last: dict[str, int] = {}
    names: dict[str, str] = {}
    for member in lineages:
        if member.status is not Status.COMPLETED:
            continue
        segment = segments_of(lineages)[member.key]
        assert member.generation > last.get(segment.key, -1)
        last[segment.key] = member.generation
        assert names.setdefault(segment.name, segment.key) == segment.key


def test_what_is_added_later_changes_no_segment(lineages: Lineages) -> None:
    grown, before = Lineages(), {}
    for member in lineages:
        grown.add(member)
        segments = segments_of(grown)
        assert {key: segments[key] for key in before} == before
        before = segments


def test_the_name_is_one_of_a_directory() -> None:
    assert Segment("f2", 2, 2, "a0", "line-1-segment-1", "a1", "b1").name == "line-2-segment-2"
