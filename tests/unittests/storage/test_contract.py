"""The storages pass the contract suite: Oríon's in memory, and ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from orion.storage.base import setup_storage

from orion_pbt import upstream
from orion_pbt.storage import SQL
from orion_pbt.testing.storage import Clock, LeaseContract, StorageContract


class TestInMemory(StorageContract):
    @pytest.fixture
    def storage(self) -> Any:
        upstream.install()
        return setup_storage({"type": "legacy", "database": {"type": "ephemeraldb"}})


class TestSQLInMemory(StorageContract):
    @pytest.fixture
    def storage(self) -> Iterator[SQL]:
        storage = SQL("sqlite://")
        yield storage
        storage.close()


class TestSQL(StorageContract):
    @pytest.fixture
    def storage(self, url: str) -> Iterator[SQL]:
        storage = SQL(url)
        yield storage
        storage.close()


class TestSQLLeases(LeaseContract):
    @pytest.fixture
    def storage(self, url: str, clock: Clock) -> Iterator[SQL]:
        storage = SQL(url, clock=clock, trial_lease=10, lock_lease=5)
        yield storage
        storage.close()

    @pytest.fixture
    def peer(self, url: str, clock: Clock, storage: SQL) -> Iterator[SQL]:
        peer = SQL(url, clock=clock, trial_lease=10, lock_lease=5)
        yield peer
        peer.close()
