"""The record that all plots are drawn from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from orion.core.io.space_builder import SpaceBuilder
from orion.core.worker.trial import Trial

from orion_pbt.plotting.data import Decisions, Hyperparameter, Picture, Point, build_picture
from orion_pbt.population import Member, Status

MakeTrial = Callable[..., Trial]


def test_a_picture_is_built_from_trials_and_the_log(space: Any, make_trial: MakeTrial) -> None:
    root = make_trial(0.1, 1, objective=0.5)
    other = make_trial(0.9, 1, objective=0.9)
    fork = make_trial(0.12, 2, root.id, status="reserved")
    decisions = Decisions({fork.id: other.id}, frozenset({other.id}), ("why",))
    # In any order: parents come first in the picture.
    assert build_picture("exp-v1", space, [fork, other, root], decisions) == Picture(
        title="exp-v1",
        score="loss",
        maximised=False,
        fidelity="epochs",
        log_fidelity=False,
        hyperparameters=(
            Hyperparameter("kind", choices=("a", "b")),
            Hyperparameter("lr", log=True),
        ),
        points=(
            Point(
                Member(root.id, {"lr": 0.1, "kind": "a"}, status=Status.COMPLETED, objective=0.5),
                1,
                "completed",
            ),
            Point(
                Member(other.id, {"lr": 0.9, "kind": "a"}, status=Status.COMPLETED, objective=0.9),
                1,
                "completed",
                inserted=True,
            ),
            Point(
                Member(fork.id, {"lr": 0.12, "kind": "a"}, 1, parent=root.id, base=other.id),
                2,
                "reserved",
            ),
        ),
        stopped=("why",),
    )


def test_a_maximised_score_is_shown_as_it_was_reported(space: Any, make_trial: MakeTrial) -> None:
    good = make_trial(0.1, 1, objective=-0.9, reported=0.9)
    bad = make_trial(0.2, 1, objective=10.0)  # by report_bad_trial
    new = make_trial(0.3, 1, status="new")
    picture = build_picture("exp-v1", space, [good, bad, new])
    assert (picture.score, picture.maximised) == ("accuracy", True)
    assert [point.member.score for point in picture.points] == [0.9, -10.0, None]
    assert [point.member.objective for point in picture.points] == [-0.9, 10.0, None]


def test_a_trial_without_a_result_and_one_with_nan_rank_last(
    space: Any, make_trial: MakeTrial
) -> None:
    trials = [make_trial(0.1, 1), make_trial(0.2, 1, objective=math.nan)]
    for point in build_picture("exp-v1", space, trials).points:
        assert point.member.objective is not None
        assert math.isnan(point.member.objective)


def test_a_missing_parent_leaves_a_trial_at_the_generation_of_its_fidelity(
    space: Any, make_trial: MakeTrial
) -> None:
    root = make_trial(0.1, 1)
    orphan = make_trial(0.2, 3, "elsewhere")
    child = make_trial(0.2, 4, orphan.id)
    points = build_picture("exp-v1", space, [root, orphan, child]).points
    assert [(point.member.generation, point.member.parent) for point in points] == [
        (0, None),
        (1, None),
        (2, orphan.id),
    ]


def test_a_parent_is_found_under_the_id_it_has_in_its_own_version(
    space: Any, make_trial: MakeTrial
) -> None:
    root = make_trial(0.1, 1)
    child = make_trial(0.1, 2, "old id")
    points = build_picture("exp-v1", space, [child, root], ids={"old id": root.id}).points
    assert [point.member.parent for point in points] == [None, root.id]


def test_parents_that_go_round_in_a_circle_end(space: Any, make_trial: MakeTrial) -> None:
    trials = [make_trial(0.1, 1, "b"), make_trial(0.2, 1, "a")]
    ids = {"a": trials[0].id, "b": trials[1].id}
    assert len(build_picture("exp-v1", space, trials, ids=ids).points) == 2


@pytest.mark.parametrize(("prior", "shown"), [("uniform(0, 1, shape=2)", 2), ("uniform(0, 1)", 1)])
def test_each_element_of_a_shape_is_a_hyperparameter(prior: str, shown: int) -> None:
    space = SpaceBuilder().build({"w": prior, "n": "uniform(1, 4, discrete=True)"})
    trial = Trial(
        params=[
            {"name": "w", "type": "real", "value": [0.25, 0.5] if shown == 2 else 0.25},
            {"name": "n", "type": "integer", "value": 3},
        ]
    )
    picture = build_picture("exp-v1", space, [trial])
    names = ["w[0]", "w[1]"] if shown == 2 else ["w"]
    assert picture.hyperparameters == (
        Hyperparameter("n", whole=True),
        *(Hyperparameter(name) for name in names),
    )
    assert picture.points[0].member.params == {"n": 3, **dict(zip(names, [0.25, 0.5]))}
    assert (picture.fidelity, picture.points[0].fidelity) == (None, None)
