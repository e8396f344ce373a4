"""Who is dead is told from the host, or from the clock of the file system."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from orion_pbt.checkpoints import claims as module
from orion_pbt.checkpoints.claims import Claims
from orion_pbt.checkpoints.files import Files


@pytest.fixture
def claims(tmp_path):
    return Claims(tmp_path / "claims", Files())


def other(tmp_path, host=None, pid=1):
    """Make a claim of another process; return its path."""
    path = tmp_path / "claims" / f"{'0' * 16}-{host or module._host()}-{pid}-a"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return path


ELSEWHERE = "f" * 12


def test_an_own_claim_lives_as_long_as_its_block(claims):
    with claims.claim(held="a") as own:
        assert [(claim.token, claim.held) for claim in claims.living()] == [(own.token, "a")]
    assert claims.living() == []


def test_a_dead_process_on_this_host(claims, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    path = other(tmp_path, pid=process.pid)
    assert claims.living() == []
    assert not path.exists()


def test_another_host_is_known_by_its_signs_of_life(claims, tmp_path):
    path = other(tmp_path, host=ELSEWHERE)
    assert [claim.held for claim in claims.living()] == ["a"]
    late = path.stat().st_mtime - module.STALE_AFTER - 1
    os.utime(path, (late, late))
    assert claims.living() == []
    assert not path.exists()


def test_the_hosts_clock_does_not_matter(claims, tmp_path, monkeypatch):
    other(tmp_path, host=ELSEWHERE)
    monkeypatch.setattr("time.time", lambda: 10.0**12)
    assert [claim.held for claim in claims.living()] == ["a"]


def test_signs_of_life(claims, tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with claims.claim() as own:
        (path,) = (tmp_path / "claims").iterdir()
        os.utime(path, (0, 0))
        own.renew()
        assert path.stat().st_mtime == 0
        now[0] = module.RENEW_EVERY
        own.renew()
        assert path.stat().st_mtime > 0
