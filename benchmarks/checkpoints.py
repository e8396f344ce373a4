"""Copying checkpoints, against ``cp -a`` and ``shutil.copytree``, and the disk that a run takes.

Each way copies the same directory in turn, in a random order, several times. The table has the best
and the median time; a run on a busy machine needs more rounds.

    python benchmarks/checkpoints.py                    # 1 GB in 10 files, 10,000 small files, disk
    python benchmarks/checkpoints.py --quick            # a tenth of it
    python benchmarks/checkpoints.py --folder /mnt/xfs  # on another file system
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from orion_pbt import __version__
from orion_pbt.checkpoints import DirectoryStore, Outlook, Policy, Start, Workspace, collect
from orion_pbt.checkpoints.contents import FICLONE
from orion_pbt.checkpoints.files import Files
from orion_pbt.checkpoints.transfer import size_of, transfer
from orion_pbt.engine import Engine
from orion_pbt.exploit import TruncateExploit
from orion_pbt.explore import PerturbExplore
from orion_pbt.space import Real, Space

MB = 10**6


def make_large(directory: Path, megabytes: int) -> Path:
    """Make ten large files."""
    directory.mkdir()
    block = os.urandom(megabytes * MB // 10)
    for number in range(10):
        (directory / f"{number}").write_bytes(block)
    return directory


def make_small(directory: Path, count: int) -> Path:
    """Make many files of 4 KiB in directories of a hundred."""
    for number in range(count):
        path = directory / f"{number // 100}" / f"{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(4096))
    return directory


def ours(source: Path, mode: str, flush: bool) -> Callable[[Path], object]:
    """Return our way of copying."""

    def copy(target: Path) -> object:
        target.mkdir()
        return transfer(source, target, mode, files=Files(), flush=flush)

    return copy


def whole(source: Path, mode: str) -> Callable[[Path], object]:
    """Return all that happens before a trial begins: stage, copy, flush, rename."""

    def prepare(target: Path) -> object:
        store = DirectoryStore(source.parent, mode)
        get = lambda directory, beat: store.get(source.name, directory, beat)  # noqa: E731
        return Workspace(store).prepare(Start(target.name, "exp", "now", source.name, get))

    return prepare


def cp(source: Path, *, flush: bool) -> Callable[[Path], object]:
    """Return how ``cp`` copies."""

    def copy(target: Path) -> object:
        subprocess.run(["cp", "-a", source, target], check=True)
        if flush:
            subprocess.run(["sync", "-f", target], check=True)
        return None

    return copy


def compare(source: Path, rounds: int, rng: random.Random) -> None:
    """Copy a directory in each way and print how long it took."""
    ways: dict[str, Callable[[Path], object]] = {
        "cp -a": cp(source, flush=False),
        "shutil.copytree": lambda target: shutil.copytree(source, target),
        "ours, copy": ours(source, "copy", False),
        "ours, reflink or copy": ours(source, "auto", False),
        "ours, hard link": ours(source, "link", False),
        "cp -a; sync -f": cp(source, flush=True),
        "ours, copy and flush": ours(source, "copy", True),
        "ours, prepare a trial, hard link": whole(source, "link"),
        "ours, prepare a trial": whole(source, "auto"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    moved: dict[str, object] = {}
    for _ in range(rounds):
        for name in rng.sample(list(ways), len(ways)):
            target = source.parent / "target"
            subprocess.run(["sync", "-f", source], check=True)
            started = time.perf_counter()
            moved[name] = ways[name](target)
            seconds[name].append(time.perf_counter() - started)
            shutil.rmtree(target)
    files = sum(len(names) for _, _, names in os.walk(source))
    print(f"\n{files} files, {size_of(source) / MB:.0f} MB, {rounds} rounds")
    print(f"{'':34}{'best ms':>10}{'median ms':>12}{'× cp -a':>10}{'median ×':>10}")
    best, median = min(seconds["cp -a"]), statistics.median(seconds["cp -a"])
    for name, found in seconds.items():
        print(
            f"{name:34}{1e3 * min(found):10.1f}{1e3 * statistics.median(found):12.1f}"
            f"{best / min(found):10.2f}{median / statistics.median(found):10.2f}"
        )
    for name in ("ours, reflink or copy", "ours, hard link"):
        print(f"{name}: {moved[name]}")


def disk(folder: Path, megabytes: int, workers: int, seed: int) -> None:
    """Run 20 members for 10 generations, each with one file, and print the most that they took."""
    space = Space([Real("lr", (), lambda rng: float(rng.random()), 0.0, 1.0, False, 1.0, None)])
    rule = TruncateExploit(10, 0.75, 0.25)
    engine = Engine(space, 20, 10, rule, PerturbExplore(), str(seed))
    rng = random.Random(seed)
    store = DirectoryStore(folder, flush=False)
    workspace = Workspace(store)
    block = os.urandom(megabytes * MB)
    running: list[str] = []
    trials = peak = 0
    while not engine.is_done:
        engine.ask(workers - len(running))
        for key in [key for key in engine.pending if key not in running]:
            if len(running) == workers:
                break
            parent = engine.lineages[key].parent
            get = lambda directory, beat, parent=parent: store.get(parent, directory, beat)  # noqa: E731
            path = workspace.prepare(
                Start(key, "exp", "now", parent, None if parent is None else get)
            ).path
            (path / "new").write_bytes(block)
            os.replace(path / "new", path / "model")
            running.append(key)
            trials += 1
        peak = max(peak, size_of(folder))
        key = running.pop(rng.randrange(len(running)))
        engine.tell(key, rng.random() - engine.lineages[key].generation)
        workspace.mark_completed(key)
        collect(store, Outlook.of(engine), Policy())
    print(
        f"\n20 members, 10 generations, {megabytes} MB each, {workers} workers: at most "
        f"{peak / 1e9:.2f} GB, {size_of(folder) / 1e9:.2f} GB in the end; Oríon keeps "
        f"{trials * megabytes * MB / 1e9:.2f} GB"
    )


def can_reflink(folder: Path) -> bool:
    """Whether the file system shares blocks between files."""
    import fcntl

    with tempfile.TemporaryFile(dir=folder) as old, tempfile.TemporaryFile(dir=folder) as new:
        old.write(b"x" * 4096)
        old.flush()
        try:
            fcntl.ioctl(new, FICLONE, old.fileno())
        except OSError:
            return False
        return True


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    scale = 10 if args.quick else 1
    print(
        f"{platform.node()}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}, orion-pbt {__version__}, seed {args.seed}"
    )
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        kind = subprocess.run(
            ["stat", "-f", "-c", "%T", folder], check=True, capture_output=True, text=True
        ).stdout.strip()
        print(f"file system {kind}, reflinks: {'yes' if can_reflink(folder) else 'no'}")
        rng = random.Random(args.seed)
        (folder / "a").mkdir()
        compare(make_large(folder / "a" / "source", 1000 // scale), args.rounds, rng)
        shutil.rmtree(folder / "a")
        (folder / "b").mkdir()
        compare(make_small(folder / "b" / "source", 10_000 // scale), args.rounds, rng)
        shutil.rmtree(folder / "b")
        for workers in (2, 8, 20):
            (folder / "c").mkdir()
            disk(folder / "c", 50 // scale, workers, args.seed)
            shutil.rmtree(folder / "c")


if __name__ == "__main__":
    main()
