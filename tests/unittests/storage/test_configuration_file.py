"""The storage's options in the file of ``--config``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from orion.core.utils.exceptions import NoConfigurationError
from orion.storage.base import setup_storage

from orion_pbt.errors import StorageError
from orion_pbt.storage import SQL
from orion_pbt.storage.configuration_file import read_options
from orion_pbt.storage.leases import LOCK_LEASE

URL = "sqlite:///some.db"


@pytest.fixture(autouse=True)
def _directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORION_STORAGE_URL", raising=False)


def write(storage: str) -> None:
    Path("pbt.yaml").write_text(f"storage: {storage}")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["orion", "hunt", "-c", "pbt.yaml", "python", "train.py"], URL),
        (["/usr/bin/orion", "info", "--config=pbt.yaml"], URL),
        (["orion-pbt", "copy", "--config", "pbt.yaml"], URL),
        (["orion", "hunt", "-cpbt.yaml", "python", "train.py"], URL),
        (["orion", "hunt", "-c", "pbt.yaml", "train.py", "--config", "legacy.yaml"], URL),
        (["orion", "hunt", "--config=pbt.yaml", "train.py", "-c", "absent.yaml"], URL),
        (["orion", "hunt", "-n", "x", "train.py", "--config", "script.yaml"], None),
        (["train.py", "-c", "pbt.yaml"], None),
        (["orion", "hunt", "-c", "absent.yaml"], None),
        (["orion", "hunt", "-c", "legacy.yaml"], None),
        (["orion", "hunt", "-c", "empty.yaml"], None),
        (["orion", "hunt", "-c"], None),
        ([], None),
    ],
)
def test_which_file_counts(
    arguments: list[str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f"{{type: SQL, url: '{URL}'}}")
    Path("legacy.yaml").write_text(f"storage: {{type: legacy, url: '{URL}', anything: 1}}")
    Path("script.yaml").write_text("storage: {type: local}")
    Path("empty.yaml").write_text("")
    assert read_options(arguments) == ({} if expected is None else {"url": expected})
    monkeypatch.setattr("sys.argv", arguments)
    monkeypatch.setenv("ORION_STORAGE_URL", "sqlite:///other.db")
    storage = SQL()
    assert repr(storage).endswith("some.db)" if expected else "other.db)")
    storage.close()


def test_leases_come_from_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write(f"{{type: sql, url: '{URL}', lock_lease: 7, trial_lease: 2.5}}")
    monkeypatch.setattr("sys.argv", ["orion", "hunt", "-c", "pbt.yaml"])
    storage = setup_storage({"type": "sql"})
    assert type(storage) is SQL
    assert (storage._lock_lease, storage.trial_lease) == (7.0, 2.5)
    storage.close()
    other = SQL("sqlite:///elsewhere.db")  # is not the storage of the file
    assert (other._lock_lease, other.trial_lease) == (LOCK_LEASE, None)
    other.close()


def test_a_call_counts_more_than_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write(f"{{type: sql, url: '{URL}', lock_lease: 7, trial_lease: null}}")
    monkeypatch.setattr("sys.argv", ["orion", "hunt", "-c", "pbt.yaml"])
    storage = SQL(lock_lease=9)
    assert (storage._lock_lease, storage.trial_lease) == (9.0, None)
    storage.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("trial_leese: 3", "has the option 'trial_leese'.*Did you mean 'trial_lease'"),
        ("colour: red", "'colour', but its options are url, lock_lease, trial_lease. Use one of"),
        ("trial_lease: 0", "trial_lease is 0, but it must be a number of seconds above 0"),
        ("trial_lease: -1", "trial_lease is -1"),
        ("lock_lease: soon", "lock_lease is 'soon'"),
        ("lock_lease: true", "lock_lease is True"),
        ("lock_lease: .inf", "lock_lease is inf"),
        ("lock_lease: .nan", "lock_lease is nan"),
        ("url: [1]", "url is .1., but it must be a text"),
    ],
)
def test_what_cannot_be_is_refused(
    options: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f"{{type: sql, {options}}}")
    monkeypatch.setattr("sys.argv", ["orion", "hunt", "-c", "pbt.yaml"])
    monkeypatch.setenv("ORION_STORAGE_URL", URL)
    with pytest.raises(StorageError, match=message) as caught:
        SQL()
    assert isinstance(caught.value, NoConfigurationError)  # printed without a traceback
    assert not Path("some.db").exists()


@pytest.mark.parametrize("options", [{"trial_lease": 0}, {"lock_lease": "1"}])
def test_what_cannot_be_is_refused_in_a_call(options: Any) -> None:
    with pytest.raises(StorageError, match="number of seconds above 0"):
        SQL(URL, **options)
