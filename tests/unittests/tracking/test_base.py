"""Packages that are optional."""

from __future__ import annotations

import sys

import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.tracking import MLflowTracker, TensorBoardTracker, Tracker, WandbTracker


@pytest.mark.parametrize(
    ("tracker", "package"),
    [(MLflowTracker, "mlflow"), (TensorBoardTracker, "tensorboard"), (WandbTracker, "wandb")],
)
def test_a_missing_package_is_told_with_what_installs_it(
    tracker: type[Tracker], package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigurationError, match=rf"pip install 'orion-pbt\[{package}\]'"):
        tracker(str(tmp_path), "exp-v1")  # type: ignore[call-arg]
