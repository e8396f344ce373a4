"""Checkpoints in an object store, or wherever fsspec can write.

An object store renames nothing and has no directories, so a checkpoint is a manifest and the
objects that it names, each under a name that is used once. The manifest is written last, in one
piece: that commits. It is removed first.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import stat as stat_module
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec

from orion_pbt.checkpoints.base import no_progress
from orion_pbt.checkpoints.layout import check_key, is_handed_down, is_key
from orion_pbt.checkpoints.transfer import THREADS, Transfer, warn_of_skipped
from orion_pbt.errors import CheckpointError, bad_setting

logger = logging.getLogger(__name__)

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
        ConfigurationError
            If the experiment's name cannot be the name of a directory.
        """
        if not is_key(experiment):
            raise bad_setting(
                "The experiment's name",
                experiment,
                "it cannot be the name of a directory below ORION_PBT_CHECKPOINTS_STORE: it has a "
                "slash or a control character, begins with a dot, or is too long",
                "Use another name, or no ORION_PBT_CHECKPOINTS_STORE.",
            )
        file_system, path = fsspec.core.url_to_fs(url)
        return cls(file_system, f"{path.rstrip('/')}/{experiment}")

    def __repr__(self) -> str:
        return f"ObjectStore({self._prefix!r})"

    def put(self, key: str, directory: Path) -> Transfer:
        """See `CheckpointStore.put`."""
        started = time.perf_counter()
        before = self._manifest(key)
        token = os.urandom(8).hex()
        manifest: dict[str, Any] = {"schema": SCHEMA, "token": token, "entries": []}
        uploads: list[tuple[str, dict[str, Any]]] = []
        skipped: list[str] = []
        with self._explained(f"keeping the checkpoint of trial {key}"):
            for name, stat in _entries(Path(directory)):
                entry = {"name": name, "mode": stat.st_mode, "mtime": stat.st_mtime_ns}
                if stat_module.S_ISLNK(stat.st_mode):
                    entry["link"] = os.readlink(Path(directory) / name)
                elif stat_module.S_ISREG(stat.st_mode):
                    entry["object"] = str(len(uploads))
                    entry["size"] = stat.st_size
                    uploads.append((str(Path(directory) / name), entry))
                elif not stat_module.S_ISDIR(stat.st_mode):
                    skipped.append(name)
                    continue
                manifest["entries"].append(entry)
            try:
                self._fs.makedirs(self._objects(key, token), exist_ok=True)
                _in_parallel(
                    lambda job: self._fs.put_file(job[0], self._object(key, token, job[1])),
                    uploads,
                )
                # Another worker may have trained it again meanwhile, and removed our objects then.
                is_ours = self._manifest(key) == before
                if is_ours:
                    self._write_manifest(key, token, manifest)
                else:
                    self._remove_objects(key, token)
            except Exception:
                self._remove_objects(key, token)
                raise
        warn_of_skipped(directory, skipped)
        if not is_ours:
            logger.warning("Another worker kept the checkpoint of trial %s, which stays.", key)
            return Transfer()
        self._remove_others(key, token)
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
            files = [entry for entry in manifest["entries"] if "object" in entry]
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
        with self._explained("listing the checkpoints"):
            names = self._names(f"{self._prefix}/manifests")
        return sorted(name[: -len(".json")] for name in names if name.endswith(".json"))

    def size(self, key: str) -> int:
        """See `CheckpointStore.size`."""
        manifest = self._manifest(key)
        entries = [] if manifest is None else manifest["entries"]
        return sum(int(entry.get("size", 0)) for entry in entries)

    def remove(self, key: str) -> bool:
        """See `CheckpointStore.remove`."""
        if self._manifest(key) is None:
            return False
        with self._explained(f"removing the checkpoint of trial {key}"):
            try:
                self._fs.rm_file(self._manifest_path(key))
            except FileNotFoundError:
                return False
            self._remove_objects(key)  # also what killed uploads left
        return True

    def _manifest_path(self, key: str) -> str:
        return f"{self._prefix}/manifests/{check_key(key)}.json"

    def _objects(self, key: str, token: str = "") -> str:
        return f"{self._prefix}/objects/{check_key(key)}/{token}".rstrip("/")

    def _object(self, key: str, token: str, entry: dict[str, Any]) -> str:
        return f"{self._objects(key, token)}/{entry['object']}"

    def _manifest(self, key: str) -> Any:
        path = self._manifest_path(key)
        with self._explained(f"reading the manifest {path!r}"):
            self._fs.invalidate_cache()
            try:
                manifest = json.loads(self._fs.cat_file(path))
            except FileNotFoundError:
                return None
            if manifest.get("schema") != SCHEMA:
                raise CheckpointError(
                    f"The manifest {path!r} has schema {manifest.get('schema')!r}, and this "
                    f"version of orion-pbt reads {SCHEMA}."
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
        partial = f"{self._objects(key, token)}.json"
        self._fs.pipe_file(partial, content)
        os.replace(self._fs._strip_protocol(partial), self._fs._strip_protocol(path))

    def _names(self, path: str) -> list[str]:
        """Return the names in a directory, none if it is not there."""
        self._fs.invalidate_cache()
        try:
            found = self._fs.ls(path, detail=False)
        except FileNotFoundError:
            return []
        return [name.rstrip("/").rsplit("/", 1)[-1] for name in found]

    def _remove_objects(self, key: str, token: str = "") -> None:
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm(self._objects(key, token), recursive=True)
        with contextlib.suppress(OSError):
            self._fs.rmdir(self._objects(key))

    def _remove_others(self, key: str, token: str) -> None:
        """Remove the objects of earlier uploads, also of killed ones."""
        try:
            with self._explained(f"removing earlier uploads of trial {key}"):
                for name in self._names(self._objects(key)):
                    if name != token:
                        self._remove_objects(key, name)
        except CheckpointError as error:  # the new one is kept, and they go when it goes
            logger.warning("%s", error)

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
    for above, directories, names in os.walk(directory, onerror=_fail):
        is_top = Path(above) == directory
        directories[:] = sorted(d for d in directories if is_handed_down(d, is_top=is_top))
        for name in [*directories, *sorted(names)]:
            if is_handed_down(name, is_top=is_top):
                path = Path(above) / name
                yield str(path.relative_to(directory)), path.lstat()


def _fail(error: OSError) -> None:
    raise error


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
