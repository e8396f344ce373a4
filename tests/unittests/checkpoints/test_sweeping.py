"""What dead processes left is removed, and one that was only taken for dead gets no half of it."""

from __future__ import annotations

import pytest

from orion_pbt.checkpoints import DirectoryStore
from orion_pbt.checkpoints.files import Files
from orion_pbt.checkpoints.layout import HIDDEN
from orion_pbt.testing.checkpoints import make_checkpoint


@pytest.mark.parametrize("place", ["stage", "trash"])
def test_a_process_that_goes_on_meanwhile(tmp_path, place):
    left = make_checkpoint(tmp_path / HIDDEN / place / "token")
    woken = []

    class Sweeping(Files):
        def remove_tree(self, path):
            with pytest.raises(FileNotFoundError):
                left.rename(tmp_path / "trial")
            woken.append(path)
            super().remove_tree(path)

    assert DirectoryStore(tmp_path, files=Sweeping()).sweep() == [left]
    assert len(woken) == 1
    assert list((tmp_path / HIDDEN).glob("*/*")) == []
    assert not (tmp_path / "trial").exists()


def test_two_that_sweep_at_once(tmp_path):
    make_checkpoint(tmp_path / HIDDEN / "stage" / "a")

    class Slower(Files):
        def rename(self, old, new):
            DirectoryStore(tmp_path).sweep()
            super().rename(old, new)

    DirectoryStore(tmp_path, files=Slower()).sweep()
    assert list((tmp_path / HIDDEN).glob("*/*")) == []
