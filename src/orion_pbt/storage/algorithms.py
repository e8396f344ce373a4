"""The lock of each experiment's algorithm, and what it guards: the algorithm's state.

The lock is a lease, see `orion_pbt.storage.leases`. Its holder renews it from a thread, so the
lease may be short without being a limit on how long an algorithm thinks: a killed holder keeps the
others out for one lease, a slow one as long as it lives.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any, Callable

from orion.storage.base import LockAcquisitionTimeout, LockedAlgorithmState
from sqlalchemy import Float, and_, bindparam, delete, or_, select, update
from sqlalchemy.engine import Connection

from orion_pbt.errors import StorageError
from orion_pbt.storage import codec, leases, values
from orion_pbt.storage.algorithm_states import AlgorithmStates, Change
from orion_pbt.storage.database import ConnectionLost, Database
from orion_pbt.storage.leases import Keeper, LeaseLost
from orion_pbt.storage.schema import algorithms, texts
from orion_pbt.storage.waiting import Waiting

logger = logging.getLogger(__name__)

_a = algorithms.c
_THIS = _a.experiment == bindparam("of")
_MINE = and_(_THIS, _a.claim == bindparam("held"))
# Built once: to build a statement takes longer than to run it.
_FREE = (
    select(_a.claim, _a.revision, _a.configuration, _a.owner)
    .where(_THIS, or_(_a.expires.is_(None), _a.expires <= bindparam("now", type_=Float)))
    .with_for_update()
)
_CLAIM = update(algorithms).where(_THIS)
_CHANGE = update(algorithms).where(_MINE)
_RENEW = update(algorithms).where(_MINE, _a.expires.is_not(None))
_EXPIRES = select(_a.expires).where(_THIS)
_CLAIM_OF = select(_a.claim).where(_THIS).with_for_update(read=True)


class LazyAlgorithmState(LockedAlgorithmState):
    """Oríon's handle of a locked state, which reads the state when it is asked for.

    Parameters
    ----------
    load:
        Returns the state.
    configuration:
        Of the algorithm.
    locked:
        Whether the lock is held.
    """

    def __init__(self, load: Callable[[], Any], configuration: Any, locked: bool) -> None:
        self._load = load
        self._is_loaded = False
        self.is_changed = False
        super().__init__(None, configuration, locked)

    @property
    def state(self) -> Any:
        """The state, None if the algorithm has none yet."""
        if not self._is_loaded and not self.is_changed:
            self._is_loaded = True
            self._original_state = self._state = self._load()
        return self._state

    def set_state(self, state: Any) -> None:
        """Take a state that is to be saved."""
        self.is_changed = True
        self._state = state

    def reset(self) -> None:
        """Save nothing."""
        self.is_changed = False
        self._state = self._original_state


class Algorithms:
    """The table of algorithms.

    Parameters
    ----------
    database:
        Where it is.
    lock_lease:
        Seconds for which a holder that died keeps the others out.
    """

    def __init__(self, database: Database, lock_lease: float) -> None:
        self._database = database
        self._lease = lock_lease
        self._owner = leases.new_owner()
        self._states = AlgorithmStates()
        self._keeper = Keeper(self._renew, lock_lease)

    def create(self, connection: Connection, experiment: Any, configuration: Any) -> int:
        """Insert the algorithm of an experiment, without a state, unless it is there."""
        key = values.to_key(experiment)
        if connection.execute(select(_a.claim).where(_a.experiment == key)).first() is not None:
            return 0
        row = {"experiment": key, "configuration": codec.dumps(configuration)}
        connection.execute(algorithms.insert().values({**row, "claim": 0, "revision": 0}))
        return 1

    def initialize(self, experiment: Any, configuration: Any) -> int:
        """Do the same in a transaction of its own."""
        with self._database.atomic() as connection:
            return self.create(connection, experiment, configuration)

    def info(self, experiment: Any) -> LazyAlgorithmState | None:
        """Return the state without taking the lock, None if the experiment has no algorithm."""
        key = values.to_key(experiment)
        query = select(_a.configuration, _a.expires).where(_a.experiment == key)
        with self._database.reading(snapshot=True) as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            seen = self._states.read(connection, key)
            now = self._database.now(connection)
        is_locked = row.expires is not None and row.expires > now
        return LazyAlgorithmState(seen.value, codec.loads(row.configuration), is_locked)

    def delete(self, experiment: Any) -> int:
        """Delete the algorithm of an experiment; return how many there were."""
        key = values.to_key(experiment)
        self._states.forget(key)
        with self._database.atomic() as connection:
            connection.execute(delete(texts).where(texts.c.experiment == key))
            return connection.execute(delete(algorithms).where(_a.experiment == key)).rowcount

    def release(self, experiment: Any, state: Any = None) -> int:
        """Take the lock from whoever holds it; return 0 if nobody does.

        Parameters
        ----------
        experiment:
            Id of the experiment.
        state:
            The state to save, None to keep the one there is.
        """
        key = values.to_key(experiment)
        query = select(_a.claim, _a.revision).where(_a.experiment == key, _a.expires.is_not(None))
        with self._database.atomic() as connection:
            row = connection.execute(query.with_for_update()).first()
            if row is None:
                return 0
            change = self._states.change(key, row.revision, state)
            self._set_free(connection, key, row.claim, change, row.claim + 1)
        if change is not None:
            self._states.keep(key, change)
        return 1

    @contextlib.contextmanager
    def locked(
        self, experiment: Any, timeout: float, retry_interval: float
    ) -> Iterator[LazyAlgorithmState]:
        """Hold the lock, and save the state that was set when the block ends well.

        Parameters
        ----------
        experiment:
            Id of the experiment.
        timeout:
            Seconds to wait for the lock.
        retry_interval:
            The longest pause between two tries, in seconds.

        Raises
        ------
        LockAcquisitionTimeout
            If the lock could not be had in that time.
        LeaseLost
            If the lease expired meanwhile and another worker took over; nothing was saved.
        """
        key = values.to_key(experiment)
        claim, revision, configuration = self._claim(key, timeout, retry_interval)
        self._keeper.hold(key, claim)
        lazy = LazyAlgorithmState(lambda: self._read(key, revision), configuration, locked=True)
        try:
            yield lazy
            state = lazy.state if lazy.is_changed else None
            change = self._states.change(key, revision, state)
            with self._database.atomic() as connection:
                self._set_free(connection, key, claim, change, claim)
        except LeaseLost:
            raise
        except BaseException:
            lazy.reset()
            self._give_back(key, claim)
            raise
        finally:
            self._keeper.let_go(key, claim)
        if change is not None:
            self._states.keep(key, change)

    def check_fence(self, connection: Connection, key: str) -> None:
        """Raise `LeaseLost` if this process holds the lock of an experiment, but not any more."""
        claim = self._keeper.claim_of(key)
        if claim is None:
            return
        current = connection.execute(_CLAIM_OF, {"of": key}).scalar()
        if current != claim:
            raise _lost(key)

    # -- parts ---------------------------------------------------------------------------------

    def _claim(self, key: str, timeout: float, longest: float) -> tuple[int, int, Any]:
        waiting = Waiting(timeout, longest)
        while True:
            # To look does not keep those waiting that have something to write.
            try:
                self._wait_until_free(key, waiting)
            except ConnectionLost:  # it only looked
                continue
            claimed = self._try_to_claim(key)
            if claimed is not None:
                return claimed

    def _wait_until_free(self, key: str, waiting: Waiting) -> None:
        while True:
            with self._database.reading() as connection:
                while not self._is_free(connection, key):
                    if waiting.is_over:
                        raise LockAcquisitionTimeout(
                            f"The lock of experiment {key} was not free for {waiting.timeout} s."
                        )
                    if not self._database.has_connections_to_spare:
                        break
                    waiting.pause()
                else:
                    return
            waiting.pause()

    def _try_to_claim(self, key: str) -> tuple[int, int, Any] | None:
        with self._database.atomic() as connection:
            now = self._database.now(connection)
            row = connection.execute(_FREE, {"of": key, "now": now}).first()
            if row is None:
                return None
            taken = {"claim": row.claim + 1, "owner": self._owner, "expires": now + self._lease}
            connection.execute(_CLAIM, {"of": key, **taken})
        if row.owner is not None:
            logger.warning(
                "%s died while it held the lock of experiment %s; the lock is taken over.",
                row.owner,
                key,
            )
        return row.claim + 1, row.revision, codec.loads(row.configuration)

    def _is_free(self, connection: Connection, key: str) -> bool:
        row = connection.execute(_EXPIRES, {"of": key}).first()
        if row is None:
            raise LockAcquisitionTimeout(
                f"There is no algorithm to lock for experiment {key}: the experiment was "
                "deleted, or never registered."
            )
        return row.expires is None or row.expires <= self._database.now(connection)

    def _read(self, key: str, revision: int) -> Any:
        seen = self._states.last_seen(key)
        if seen.revision != revision:
            with self._database.reading(snapshot=True) as connection:
                seen = self._states.read(connection, key)
            if seen.revision != revision:
                raise _lost(key)
        return seen.value()

    def _set_free(
        self, connection: Connection, key: str, claim: int, change: Change | None, next_claim: int
    ) -> None:
        freed: dict[str, Any] = {"owner": None, "expires": None, "claim": next_claim}
        if change is not None:
            freed["revision"] = change.after.revision
            if change.of_rest:
                freed["state"] = change.after.rest
        # First, so that a holder whose lease was taken writes nothing beside who has it now.
        if connection.execute(_CHANGE, {"of": key, "held": claim, **freed}).rowcount == 0:
            raise _lost(key)
        if change is not None:
            self._states.write(connection, key, change)

    def _give_back(self, key: str, claim: int) -> None:
        try:
            with self._database.atomic() as connection:
                self._set_free(connection, key, claim, None, claim)
        except StorageError as error:  # the lease ends by itself, or another's has begun
            logger.warning("The lock could not be given back: %s", error)

    def _renew(self, key: str, claim: int) -> None:
        with self._database.atomic() as connection:
            expires = self._database.now(connection) + self._lease
            connection.execute(_RENEW, {"of": key, "held": claim, "expires": expires})


def _lost(key: str) -> LeaseLost:
    return LeaseLost(
        f"This worker was stopped for longer than its lease on the lock of experiment {key}, and "
        "another worker took over. What it decided meanwhile is dropped."
    )
