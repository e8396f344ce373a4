"""The stores of this package keep the contract."""

from __future__ import annotations

import os

import fsspec
import pytest

from orion_pbt.checkpoints import DirectoryStore
from orion_pbt.checkpoints.object_store import ObjectStore
from orion_pbt.checkpoints.stores import check_store, open_store
from orion_pbt.errors import CheckpointError, ConfigurationError
from orion_pbt.testing.checkpoints import CheckpointStoreContract, Killed, make_checkpoint, tree


class ClientError(Exception):
    """An error of a service's own, which derives from none that we know."""


@pytest.fixture
def kill_uploads(monkeypatch):
    """Kill some uploads before their manifest is written."""

    def kill(store, checkpoint, count=2):
        def write(*args):
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(store, "_write_manifest", write)
            for _ in range(count):
                with pytest.raises(Killed):
                    store.put("a", checkpoint)

    return kill


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

    def test_what_cannot_be_copied_is_told(self, store, checkpoint, tmp_path, caplog):
        before = tree(checkpoint)
        os.mkfifo(checkpoint / "layers" / "pipe")
        store.put("a", checkpoint)
        assert "cannot be copied: layers/pipe" in caplog.text
        assert tree(self.got(store, "a", tmp_path / "copy")) == before

    def test_killed_uploads_go(self, store, checkpoint, tmp_path, kill_uploads):
        kill_uploads(store, checkpoint)
        store.put("a", checkpoint)
        assert len(list((tmp_path / "store" / "exp" / "objects" / "a").iterdir())) == 1
        assert tree(self.got(store, "a", tmp_path / "copy")) == tree(checkpoint)
        kill_uploads(store, checkpoint)
        assert store.remove("a")
        assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


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

    def test_killed_uploads_go(self, store, checkpoint, kill_uploads):
        files = fsspec.filesystem("memory")
        kill_uploads(store, checkpoint)
        store.put("a", checkpoint)
        assert len(files.find("/store")) == 1 + 4
        kill_uploads(store, checkpoint)
        assert store.remove("a")
        assert files.find("/store") == []

    def test_who_was_taken_for_dead_replaces_nothing(
        self, store, checkpoint, tmp_path, monkeypatch, caplog
    ):
        """Another worker trains the trial again and keeps it while the first one uploads."""
        again = make_checkpoint(tmp_path / "again", "again")
        put_file = store._fs.put_file

        def slow(source, path):
            monkeypatch.setattr(store._fs, "put_file", put_file)
            ObjectStore.at("memory://store", "exp").put("a", again)
            put_file(source, path)

        monkeypatch.setattr(store._fs, "put_file", slow)
        monkeypatch.setattr("orion_pbt.checkpoints.object_store.THREADS", 1)
        store.put("a", checkpoint)
        assert "Another worker kept" in caplog.text
        assert tree(self.got(store, "a", tmp_path / "copy")) == tree(again)
        assert len(fsspec.filesystem("memory").find("/store")) == 1 + 4

    @pytest.mark.parametrize(
        ("call", "use"),
        [
            ("cat_file", lambda store, directory: store.put("b", directory)),
            ("cat_file", lambda store, directory: store.get("a", directory)),
            ("cat_file", lambda store, directory: store.size("a")),
            ("cat_file", lambda store, directory: store.remove("a")),
            ("put_file", lambda store, directory: store.put("b", directory)),
            ("get_file", lambda store, directory: store.get("a", directory)),
            ("rm_file", lambda store, directory: store.remove("a")),
            ("ls", lambda store, directory: store.keys()),
        ],
    )
    def test_an_error_of_the_service_is_one_of_ours(
        self, store, checkpoint, tmp_path, monkeypatch, call, use
    ):
        store.put("a", checkpoint)
        other = tmp_path / "other"
        other.mkdir()
        if call == "put_file":
            (other / "file").touch()

        def fail(*args, **kwargs):
            raise ClientError("SlowDown")

        monkeypatch.setattr(store._fs, call, fail)
        with pytest.raises(CheckpointError, match="SlowDown"):
            use(store, other)

    def test_what_cannot_be_cleaned_up_loses_nothing(
        self, store, checkpoint, tmp_path, monkeypatch, caplog
    ):
        store.put("a", make_checkpoint(tmp_path / "before", "before"))

        def fail(*args, **kwargs):
            raise ClientError("SlowDown")

        monkeypatch.setattr(store._fs, "rm", fail)
        assert store.put("a", checkpoint).files == 4
        assert "removing earlier uploads of trial a failed" in caplog.text
        assert tree(self.got(store, "a", tmp_path / "copy")) == tree(checkpoint)


@pytest.mark.parametrize(
    ("url", "name", "told"),
    [
        ("foo://x", "exp", "ORION_PBT_CHECKPOINTS_STORE is 'foo://x'.*not known: foo"),
        ("file://{}/file/x", "exp", "ORION_PBT_CHECKPOINTS_STORE is 'file.*Not a directory"),
        ("memory://store", "a/b", "experiment's name is 'a/b'.*ORION_PBT_CHECKPOINTS_STORE"),
    ],
)
def test_a_store_that_cannot_work_is_told(tmp_path, url, name, told):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=told):
        check_store(url.format(tmp_path), name)


def test_what_fsspec_needs_is_told(monkeypatch):
    def at(*args):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(ObjectStore, "at", at)
    with pytest.raises(ConfigurationError, match=r"Install s3fs.*orion-pbt\[fsspec\]"):
        open_store("s3://bucket", "exp")
