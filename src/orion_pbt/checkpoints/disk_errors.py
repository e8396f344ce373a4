"""What to say when a disk fails."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from orion_pbt.errors import CheckpointError

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextlib.contextmanager
def explained(doing: str, place: object) -> Iterator[None]:
    """Raise a `CheckpointError` that says what was being done, for any `OSError` in the block."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise CheckpointError(
                f"No room for {doing}: {error.strerror} at {str(place)!r}. What was there before "
                "is unharmed, and what was begun is removed. Free some room, keep less (see "
                "ORION_PBT_CHECKPOINTS_BEST and ORION_PBT_CHECKPOINTS_QUOTA), or use a larger disk."
            ) from error
        raise CheckpointError(f"{doing} failed at {str(place)!r}: {error}") from error
