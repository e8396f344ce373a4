"""The lock of Oríon's own storages ends with its owner."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from orion.storage.base import LockAcquisitionTimeout, setup_storage

from orion_pbt.testing.storage import Worked, make_experiment
from orion_pbt.upstream import legacy_lock


@pytest.fixture(params=["ephemeraldb", "pickleddb"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Return a storage of Oríon's own."""
    import orion_pbt.algorithms  # noqa: F401  # puts the corrections in place

    options = {"host": str(tmp_path / "db.pkl")} if request.param == "pickleddb" else {}
    return setup_storage({"type": "legacy", "database": {"type": request.param, **options}})


@pytest.fixture
def experiment(storage: Any) -> Worked:
    return make_experiment(storage)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that turns the clock."""
    now = legacy_lock._now

    def turn(seconds: float) -> None:
        monkeypatch.setattr(legacy_lock, "_now", lambda: now() + timedelta(seconds=seconds))

    return turn


def test_a_dead_owners_lock_is_taken_over(
    storage: Any, experiment: Worked, later: Any, caplog: pytest.LogCaptureFixture
) -> None:
    dead = storage.acquire_algorithm_lock(experiment)
    dead.__enter__()
    later(legacy_lock.LEASE - 1)
    with (
        pytest.raises(LockAcquisitionTimeout),
        storage.acquire_algorithm_lock(experiment, timeout=0.01),
    ):
        raise AssertionError("taken too early")
    later(legacy_lock.LEASE + 1)
    with storage.acquire_algorithm_lock(experiment, timeout=0.01) as locked:
        locked.set_state({"by": "peer"})
    assert "died while it held the lock" in caplog.text
    with pytest.raises(LockAcquisitionTimeout, match="dropped"):
        dead.__exit__(None, None, None)
    assert storage.get_algorithm_lock_info(experiment).state == {"by": "peer"}


def test_a_late_owner_does_not_overwrite(storage: Any, experiment: Worked, later: Any) -> None:
    def decide_slowly() -> None:
        with storage.acquire_algorithm_lock(experiment) as slow:
            later(legacy_lock.LEASE + 1)
            with storage.acquire_algorithm_lock(experiment, timeout=1) as locked:
                locked.set_state({"by": "peer"})
            slow.set_state({"by": "slow"})

    with pytest.raises(LockAcquisitionTimeout):
        decide_slowly()
    assert storage.get_algorithm_lock_info(experiment).state == {"by": "peer"}


def test_a_slow_owner_gives_signs_of_life(
    storage: Any, experiment: Worked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legacy_lock, "LEASE", 0.4)
    monkeypatch.setattr(legacy_lock, "INTERVAL", 0.05)
    with storage.acquire_algorithm_lock(experiment) as locked:
        with (
            pytest.raises(LockAcquisitionTimeout),
            storage.acquire_algorithm_lock(experiment, timeout=1.2, retry_interval=0.02),
        ):
            raise AssertionError("taken from a living owner")
        locked.set_state({"by": "slow"})
    assert storage.get_algorithm_lock_info(experiment).state == {"by": "slow"}
