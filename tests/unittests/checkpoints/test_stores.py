"""The stores of this package keep the contract."""

from __future__ import annotations

import fsspec
import pytest

from orion_pbt.checkpoints import DirectoryStore
from orion_pbt.checkpoints.object_store import ObjectStore
from orion_pbt.testing.checkpoints import CheckpointStoreContract, make_checkpoint, tree


class TestDirectoryStore(CheckpointStoreContract):
    @pytest.fixture(params=["auto", "copy"])
    def store(self, request, tmp_path):
        return DirectoryStore(tmp_path / "experiment", request.param)

    def test_the_checkpoint_may_be_where_it_is_kept(self, store, tmp_path):
        there = make_checkpoint(tmp_path / "experiment" / "a")
        before = tree(there)
        assert store.put("a", there).files == 0
        assert tree(there) == before


class TestHardLinks(TestDirectoryStore):
    @pytest.fixture
    def store(self, tmp_path):
        return DirectoryStore(tmp_path / "experiment", "link")

    def test_nothing_is_written(self, store, checkpoint, tmp_path):
        moved = store.put("a", checkpoint)
        assert moved.written == 0
        assert moved.ways == {"hard link": 4}
        kept = tmp_path / "experiment" / "a" / "model.bin"
        assert kept.samefile(checkpoint / "model.bin")


class TestLocalObjectStore(CheckpointStoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        return ObjectStore.at(f"file://{tmp_path}/store", "exp")


class TestMemoryObjectStore(CheckpointStoreContract):
    @pytest.fixture
    def store(self):
        yield ObjectStore.at("memory://store", "exp")
        fsspec.filesystem("memory").store.clear()

    def test_a_manifest_cannot_lead_elsewhere(self, store, checkpoint, tmp_path):
        store.put("a", checkpoint)
        files = fsspec.filesystem("memory")
        path = "/store/exp/manifests/a.json"
        files.pipe_file(path, files.cat_file(path).replace(b'"name": "model', b'"name": "../model'))
        with pytest.raises(Exception, match="leaves the trial's directory"):
            self.got(store, "a", tmp_path / "copy")
        assert not (tmp_path / "model.bin").exists()

    def test_a_failed_upload_leaves_nothing(self, store, checkpoint, monkeypatch):
        before = make_checkpoint(checkpoint.parent / "before", "before")
        store.put("a", before)
        files = fsspec.filesystem("memory")
        kept = sorted(files.find("/store"))

        def put_file(source, path):
            if path.endswith("/2"):
                raise TimeoutError("the network is gone")

        monkeypatch.setattr(store._fs, "put_file", put_file)
        with pytest.raises(Exception, match="the network is gone"):
            store.put("a", checkpoint)
        assert sorted(files.find("/store")) == kept
