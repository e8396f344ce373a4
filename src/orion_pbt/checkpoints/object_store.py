"""Checkpoints in an object store, or wherever fsspec can write.

An object store renames nothing and has no directories, so a checkpoint is a manifest and the
objects that it names, each under a name that is used once. The manifest is written last, in one
piece: that commits. It is removed first.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat as stat_module
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec

from orion_pbt.checkpoints.base import no_progress
from orion_pbt.checkpoints.layout import check_key, is_handed_down
from orion_pbt.checkpoints.transfer import THREADS, Transfer
from orion_pbt.errors import CheckpointError

SCHEMA = 1
"""Number of the manifest's format."""
WAY = "object store"


class ObjectStore:
    """The checkpoints of one experiment in a place that fsspec can write to.

    Parameters
    ----------
    file_system: fsspec.AbstractFileSystem
        Where.
    prefix:
        Path of the experiment there.
    """

    def __init__(self, file_system: Any, prefix: str) -> None:
        self._fs = file_system
        self._prefix = prefix.rstrip("/")

    @classmethod
    def at(cls, url: str, experiment: str) -> ObjectStore:
        """Return the store of an experiment below a URL, such as ``s3://bucket/checkpoints``.

        Raises
        ------
        CheckpointError
            If the experiment's name cannot be a part of a path.
        """
        file_system, path = fsspec.core.url_to_fs(url)
        return cls(file_system, f"{path.rstrip('/')}/{check_key(experiment)}")

    def __repr__(self) -> str:
        return f"ObjectStore({self._prefix!r})"

    def put(self, key: str, directory: Path) -> Transfer:
        """See `CheckpointStore.put`."""
        started = time.perf_counter()
        before = self._manifest(key)
        token = os.urandom(8).hex()
        manifest: dict[str, Any] = {"schema": SCHEMA, "token": token, "entries": []}
        uploads: list[tuple[str, dict[str, Any]]] = []
        for name, stat in _entries(Path(directory)):
            entry = {"name": name, "mode": stat.st_mode, "mtime": stat.st_mtime_ns}
            if stat_module.S_ISLNK(stat.st_mode):
                entry["link"] = os.readlink(Path(directory) / name)
            elif stat_module.S_ISREG(stat.st_mode):
                entry["object"] = str(len(uploads))
                entry["size"] = stat.st_size
                uploads.append((str(Path(directory) / name), entry))
            manifest["entries"].append(entry)
        with self._explained(f"keeping the checkpoint of trial {key}"):
            try:
                self._fs.makedirs(self._objects(key, token), exist_ok=True)
                _in_parallel(
                    lambda job: self._fs.put_file(job[0], self._object(key, token, job[1])),
                    uploads,
                )
                self._write_manifest(key, token, manifest)
            except Exception:
                self._remove_objects(key, token)
                raise
        if before is not None:
            self._remove_objects(key, before["token"])
        size = sum(entry["size"] for _, entry in uploads)
        return _moved(len(uploads), size, started)

    def get(
        self, key: str, directory: Path, on_progress: Callable[[], None] = no_progress
    ) -> Transfer:
        """See `CheckpointStore.get`.

        No hold is needed against a collector: what it removes nobody asks for, and a manifest that
        is replaced meanwhile is noticed by its objects being gone.
        """
        started = time.perf_counter()
        manifest = self._manifest(key)
        if manifest is None:
            raise CheckpointError(f"There is no checkpoint of trial {key} in {self!r}.")
        target = Path(directory)
        files = [entry for entry in manifest["entries"] if "object" in entry]

        def download(entry: dict[str, Any]) -> None:
            source = self._object(key, manifest["token"], entry)
            path = target / _inside(entry["name"])
            self._fs.get_file(source, str(path))
            if path.stat().st_size != entry["size"]:
                raise CheckpointError(
                    f"{source!r} has {path.stat().st_size} bytes where {entry['size']} were kept."
                )
            os.chmod(path, stat_module.S_IMODE(entry["mode"]))
            os.utime(path, ns=(entry["mtime"], entry["mtime"]))
            on_progress()

        with self._explained(f"a copy of the checkpoint of trial {key}"):
            directories = [e for e in manifest["entries"] if stat_module.S_ISDIR(e["mode"])]
            for entry in directories:
                (target / _inside(entry["name"])).mkdir()
            _in_parallel(download, files)
            for entry in manifest["entries"]:
                if "link" in entry:
                    (target / _inside(entry["name"])).symlink_to(entry["link"])
            for entry in reversed(directories):
                path = target / entry["name"]
                path.chmod(stat_module.S_IMODE(entry["mode"]))
                os.utime(path, ns=(entry["mtime"], entry["mtime"]))
        return _moved(len(files), sum(entry["size"] for entry in files), started)

    def keys(self) -> list[str]:
        """See `CheckpointStore.keys`."""
        self._fs.invalidate_cache()
        try:
            found = self._fs.ls(f"{self._prefix}/manifests", detail=False)
        except FileNotFoundError:
            return []
        names = [path.rstrip("/").rsplit("/", 1)[-1] for path in found]
        return sorted(name[: -len(".json")] for name in names if name.endswith(".json"))

    def size(self, key: str) -> int:
        """See `CheckpointStore.size`."""
        manifest = self._manifest(key)
        entries = [] if manifest is None else manifest["entries"]
        return sum(int(entry.get("size", 0)) for entry in entries)

    def remove(self, key: str) -> bool:
        """See `CheckpointStore.remove`."""
        manifest = self._manifest(key)
        if manifest is None:
            return False
        with self._explained(f"removing the checkpoint of trial {key}"):
            try:
                self._fs.rm_file(self._manifest_path(key))
            except FileNotFoundError:
                return False
            self._remove_objects(key, manifest["token"])
        return True

    def _manifest_path(self, key: str) -> str:
        return f"{self._prefix}/manifests/{check_key(key)}.json"

    def _objects(self, key: str, token: str) -> str:
        return f"{self._prefix}/objects/{check_key(key)}/{token}"

    def _object(self, key: str, token: str, entry: dict[str, Any]) -> str:
        return f"{self._objects(key, token)}/{entry['object']}"

    def _manifest(self, key: str) -> Any:
        self._fs.invalidate_cache()
        try:
            manifest = json.loads(self._fs.cat_file(self._manifest_path(key)))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise CheckpointError(
                f"The manifest {self._manifest_path(key)!r} cannot be read: {error}"
            ) from error
        if manifest.get("schema") != SCHEMA:
            raise CheckpointError(
                f"The manifest {self._manifest_path(key)!r} has schema "
                f"{manifest.get('schema')!r}, and this version of orion-pbt reads {SCHEMA}."
            )
        return manifest

    def _write_manifest(self, key: str, token: str, manifest: dict[str, Any]) -> None:
        """Commit: an object appears whole, and elsewhere a rename makes it so."""
        path = self._manifest_path(key)
        self._fs.makedirs(f"{self._prefix}/manifests", exist_ok=True)
        content = json.dumps(manifest).encode()
        if not hasattr(self._fs, "local_file"):
            self._fs.pipe_file(path, content)
            return
        partial = f"{path}.{token}"
        self._fs.pipe_file(partial, content)
        os.replace(self._fs._strip_protocol(partial), self._fs._strip_protocol(path))

    def _remove_objects(self, key: str, token: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm(self._objects(key, token), recursive=True)
        with contextlib.suppress(OSError):
            self._fs.rmdir(f"{self._prefix}/objects/{check_key(key)}")

    @contextlib.contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        try:
            yield
        except CheckpointError:
            raise
        except Exception as error:  # each service has errors of its own
            raise CheckpointError(f"{doing} failed in {self!r}: {error!r}") from error


def _entries(directory: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Iterate over what a directory hands down, each directory before its content."""
    for above, directories, names in os.walk(directory):
        is_top = Path(above) == directory
        directories[:] = sorted(d for d in directories if is_handed_down(d, is_top=is_top))
        for name in [*directories, *sorted(names)]:
            if is_handed_down(name, is_top=is_top):
                path = Path(above) / name
                yield str(path.relative_to(directory)), path.lstat()


def _inside(name: str) -> str:
    """Return the name of an entry, if it stays in the directory."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise CheckpointError(f"The manifest names {name!r}, which leaves the trial's directory.")
    return name


def _in_parallel(job: Callable[[Any], object], work: list[Any]) -> None:
    with ThreadPoolExecutor(THREADS, thread_name_prefix="checkpoint-copy") as pool:
        for _ in pool.map(job, work):
            pass


def _moved(files: int, size: int, started: float) -> Transfer:
    ways = {WAY: files} if files else {}
    return Transfer(files, size, size, ways, seconds=time.perf_counter() - started)
