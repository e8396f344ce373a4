"""``pbt`` and ``pb2`` are ours, on each start."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from orion.algo.base import algo_factory
from orion.algo.pbt import pb2
from orion.algo.pbt.pbt import PBT as ORIONS_OWN

from orion_pbt.algorithms import PB2, PBT

NAMES = ("pbt", "pb2", "orionpbt", "orionpb2")
LOOK_UP = (
    "from orion.algo.base import algo_factory as factory; "
    f"print(*(factory.get_class(name).__module__ for name in {NAMES}))"
)


@pytest.mark.parametrize("hash_seed", ["0", pytest.param("1", marks=pytest.mark.slow)])
@pytest.mark.parametrize("loaded_before", ["", "import orion.algo.pbt.pb2; "])
def test_the_short_names_are_ours_on_each_start(hash_seed: str, loaded_before: str) -> None:
    # Which of two classes of one name wins hangs on their addresses: chance, without the fix.
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", loaded_before + LOOK_UP],
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == [
        "orion_pbt.algorithms.pbt",
        "orion_pbt.algorithms.variants",
        "orion.algo.pbt.pbt",
        "orion.algo.pbt.pb2",
    ]


def test_orions_own_has_another_name() -> None:
    assert algo_factory.get_class("pbt") is PBT
    assert algo_factory.get_class("orionpbt") is ORIONS_OWN
    assert algo_factory.get_class("pb2") is PB2
    assert algo_factory.get_class("orionpb2") is pb2.PB2


def test_orions_own_can_still_be_pickled() -> None:
    for own in (ORIONS_OWN, pb2.PB2):
        assert pickle.loads(pickle.dumps(own)) is own  # noqa: S301


def test_no_two_algorithms_share_a_name() -> None:
    classes = algo_factory.get_classes().values()
    names = [cls.__name__.lower() for cls in classes]
    assert len(names) == len(set(names))
    assert names.count("pbt") == 1
