"""A script outside a repository is warned of once, and changes of code are still seen."""

from __future__ import annotations

from pathlib import Path

import git
import pytest
from orion.core.io import resolve_config

import orion_pbt.algorithms  # noqa: F401  # puts the corrections in place


def test_it_warns_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    script = str(tmp_path / "train.py")
    for _ in range(3):
        resolve_config.fetch_user_repo(script)
    assert caplog.text.count("is not in a git repository") == 1


def test_a_change_of_code_is_seen(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("1")
    repository = git.Repo.init(tmp_path)
    author = git.Actor("a", "a@example.org")
    repository.index.add(["train.py"])
    repository.index.commit("one", author=author, committer=author)
    before = resolve_config.infer_versioning_metadata(str(script))
    script.write_text("2")
    assert resolve_config.infer_versioning_metadata(str(script)) != before
    repository.close()


def test_a_repository_is_not_shared_with_forked_workers(tmp_path: Path) -> None:
    # Its object has a process of git, whose answers two workers would take from each other.
    git.Repo.init(tmp_path).close()
    script = str(tmp_path / "train.py")
    first, second = (resolve_config.fetch_user_repo(script) for _ in range(2))
    assert first is not second
    first.close()
    second.close()
