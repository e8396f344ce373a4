"""What a process last saw of an algorithm's state, so that it need not be decoded again.

A state that is a few plain values, one of which may be a long text, is copied in no time, while
its pickle takes the longer to read the more trials there are.
"""

from __future__ import annotations

import pickle
from typing import Any
from weakref import WeakKeyDictionary

ENOUGH = 100
"""Values that a state may have to be remembered."""
SCALARS = (str, bytes, int, float, bool, type(None))

_last: WeakKeyDictionary[Any, dict[Any, tuple[bytes, Any]]] = WeakKeyDictionary()
"""Storage → id of an experiment → its state when it was last seen, pickled and as it is."""


def load(storage: Any, uid: Any, pickled: bytes | None) -> Any:
    """Return a state of which nobody else has any part that can be changed."""
    if pickled is None:
        return None
    last = _last.get(storage, {}).get(uid)
    if last is not None and last[0] == pickled:
        return _copy(last[1])
    state = pickle.loads(pickled)  # noqa: S301  # Oríon's own format
    _remember(storage, uid, pickled, state)
    return state


def dump(storage: Any, uid: Any, state: Any) -> bytes:
    """Return a state as it is kept in the storage."""
    pickled = pickle.dumps(state)
    _remember(storage, uid, pickled, state)
    return pickled


def _remember(storage: Any, uid: Any, pickled: bytes, state: Any) -> None:
    known = _last.setdefault(storage, {})
    known.pop(uid, None)
    if _is_simple(state):
        known[uid] = pickled, _copy(state)


def _is_simple(state: Any) -> bool:
    """Whether a state is a tree of few plain values."""
    seen: set[int] = set()
    left, count = [state], 0
    while left:
        value = left.pop()
        count += 1
        if type(value) in SCALARS:
            continue
        if type(value) not in (dict, list) or id(value) in seen:
            return False
        seen.add(id(value))
        if len(value) + count > ENOUGH:
            return False
        left += [*value, *value.values()] if type(value) is dict else value
    return count <= ENOUGH


def _copy(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value
