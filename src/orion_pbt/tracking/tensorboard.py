"""TensorBoard: a directory of event files for each run.

Written record by record, with no thread in between. A row is one record, so it is there as a whole
or, where the disk was full or the process was killed, not at all.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orion_pbt.tracking.base import Tracker, load, tags_of
from orion_pbt.tracking.rows import SCORE, Row
from orion_pbt.tracking.segments import Segment

EXTRA = "tensorboard"
FILE_VERSION = "brain.Event:2"
"""What the first record of an event file says; steps may be in any order in this version."""


class TensorBoardTracker(Tracker):
    """Logs into directories that TensorBoard reads.

    Parameters
    ----------
    directory:
        What `tensorboard --logdir` is given.
    title:
        Name and version of the experiment, a directory in there; the runs are directories in it.

    Raises
    ------
    ConfigurationError
        If TensorBoard is not installed.
    """

    def __init__(self, directory: str, title: str) -> None:
        super().__init__()
        self._root = Path(directory) / title
        self._event = load("tensorboard.compat.proto.event_pb2", EXTRA)
        self._summary = load("tensorboard.compat.proto.summary_pb2", EXTRA)
        self._records = load("tensorboard.summary.writer.record_writer", EXTRA)
        self._loader = load("tensorboard.backend.event_processing.event_file_loader", EXTRA)
        self._tensors = load("tensorboard.util.tensor_util", EXTRA)
        self._files: dict[str, Path] = {}

    def _find_last_step(self, segment: Segment) -> int | None:
        steps = [
            event.step
            for file in sorted((self._root / segment.name).glob("*tfevents*"))
            for event in self._loader.LegacyEventFileLoader(str(file)).Load()
            if any(value.tag == SCORE for value in event.summary.value)
        ]
        return max(steps, default=None)

    def _write(self, segment: Segment, rows: Sequence[Row]) -> None:
        events = [self._to_event(row) for row in rows]
        # A file of an earlier process may end in half a record, behind which nobody reads on.
        if segment.key not in self._files:
            self._files[segment.key] = self._new_file(segment)
            about = "\n\n".join(f"{name}: {value}" for name, value in tags_of(segment).items())
            first = self._event.Event(wall_time=time.time(), file_version=FILE_VERSION)
            start = self._event.Event(wall_time=events[0].wall_time, step=rows[0].step)
            start.summary.value.append(self._text("branch", about))
            events = [first, start, *events]
        with self._files[segment.key].open("ab") as stream:
            writer = self._records.RecordWriter(stream)
            for event in events:
                writer.write(event.SerializeToString())

    def _new_file(self, segment: Segment) -> Path:
        directory = self._root / segment.name
        directory.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads the files of a directory in the order of their names.
        name = f"events.out.tfevents.{time.time_ns():020d}.{socket.gethostname()}.{os.getpid()}"
        return directory / name

    def _to_event(self, row: Row) -> Any:
        now = time.time() if row.time is None else row.time
        event = self._event.Event(wall_time=now, step=row.step)
        for name, number in row.scalars.items():
            event.summary.value.add(tag=name, simple_value=number)
        event.summary.value.extend(self._text(name, text) for name, text in row.texts.items())
        return event

    def _text(self, name: str, text: str) -> Any:
        value = self._summary.Summary.Value(tag=name)
        value.metadata.plugin_data.plugin_name = "text"
        value.tensor.CopyFrom(self._tensors.make_tensor_proto(text))
        return value
