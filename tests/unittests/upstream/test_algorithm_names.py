"""``pbt`` is ours, on each start."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from orion.algo.base import algo_factory
from orion.algo.pbt.pbt import PBT as ORIONS_OWN

from orion_pbt.algorithms import PBT

LOOK_UP = (
    "from orion.algo.base import algo_factory as factory; "
    "print(factory.get_class('pbt').__module__, factory.get_class('orionpbt').__module__)"
)


@pytest.mark.parametrize("hash_seed", ["0", "1", "2"])
@pytest.mark.parametrize("loaded_before", ["", "import orion.algo.pbt.pb2; "])
def test_pbt_is_ours_on_each_start(hash_seed: str, loaded_before: str) -> None:
    # Which of two classes of one name wins hangs on their addresses: chance, without the fix.
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", loaded_before + LOOK_UP],
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["orion_pbt.algorithms.pbt", "orion.algo.pbt.pbt"]


def test_orions_own_has_another_name() -> None:
    assert algo_factory.get_class("pbt") is PBT
    assert algo_factory.get_class("orionpbt") is ORIONS_OWN


def test_orions_own_can_still_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(ORIONS_OWN)) is ORIONS_OWN  # noqa: S301


def test_no_two_algorithms_share_a_name() -> None:
    classes = algo_factory.get_classes().values()
    names = [cls.__name__.lower() for cls in classes]
    assert len(names) == len(set(names))
    assert names.count("pbt") == 1
