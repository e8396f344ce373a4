"""Each operator of the table keeps to the contract."""

from __future__ import annotations

import pytest

from orion_pbt import settings
from orion_pbt.explore import EXPLORES
from orion_pbt.testing.strategies import ExploreContract

# Those that have to be told something; the others are tried as they are.
OPTIONS = {
    "byname": {
        "explores": {"momentum": {"perturb": {"scale": "odds"}}, "/act": "resample"},
        "default": "additive",
    },
    "constrained": {
        "explore_configs": "perturb",
        "constraints": ["units * layers < 400", "act != None or momentum < 0.5"],
    },
    "pipeline": {"explore_configs": [{"resample": {"probability": 0.1}}, "perturb"]},
    "user": {"function": "operators_of_a_test:halve"},
}
USERS = """
def halve(params, rng, space):
    if "lr" in params and params.get("layers") != 1:
        return dict(params, lr=space["lr"].clip(params["lr"] / (1 + rng.random())))
    return {name: 0 for name in params if name == "momentum"}
"""


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    (tmp_path / "operators_of_a_test.py").write_text(USERS)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", sorted(EXPLORES))
class TestOperators(ExploreContract):
    @pytest.fixture
    def explore(self, name):
        return settings.build("explore", EXPLORES, {name: OPTIONS.get(name)})
