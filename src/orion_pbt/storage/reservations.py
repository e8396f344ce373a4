"""Who may run a trial: reservations, which are leases (see `orion_pbt.storage.leases`)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Callable

from orion.core.worker.trial import Trial, validate_status
from orion.storage.base import FailedUpdate
from sqlalchemy import Float, Integer, and_, bindparam, or_, select, update
from sqlalchemy.engine import Connection

from orion_pbt.storage import leases, values
from orion_pbt.storage.database import Database
from orion_pbt.storage.schema import OPEN, trials
from orion_pbt.storage.trial_records import COLUMNS, PENDING, Values, to_document, to_row

logger = logging.getLogger(__name__)

Key = tuple[str, str]
"""Key of the experiment, and id of a trial."""

_t = trials.c
_NOW = bindparam("now", type_=Float)
_HELD = bindparam("held", type_=Integer)
_THIS = and_(_t.experiment == bindparam("of"), _t.id == bindparam("trial"))
_IS_LOST = and_(_t.status == "reserved", _t.expires <= _NOW)

# Built once: to build a statement takes longer than to run it.
_AVAILABLE = (
    select(*COLUMNS, _t.claim, _t.owner)
    .where(_t.experiment == bindparam("of"), OPEN, or_(_t.status.in_(PENDING), _t.expires <= _NOW))
    .order_by(_t.number)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = update(trials).where(_t.number == bindparam("chosen"))
_STILL = and_(_THIS, _t.status == bindparam("was"), or_(_HELD.is_(None), _t.claim == _HELD))
_END = update(trials).where(_STILL).values(claim=_t.claim + 1)
_BEAT = update(trials).where(_STILL)
_CLAIM_OF = select(_t.claim).where(_THIS)
_LOST = select(*COLUMNS).where(_t.experiment == bindparam("of"), _IS_LOST)
_LOST_OF_MANY = and_(_t.experiment.in_(bindparam("of_many", expanding=True)), _IS_LOST)
_IS_ANY_LOST = select(_t.number).where(_LOST_OF_MANY).limit(1)
_INTERRUPT = (
    update(trials)
    .where(_LOST_OF_MANY)
    .values(status="interrupted", claim=_t.claim + 1, owner=None, expires=None)
)


class Reservations:
    """Claims on trials.

    It remembers the claims that it made, so that what this process writes about a trial later is
    fenced.

    Parameters
    ----------
    database:
        Where the trials are.
    lease:
        Returns the seconds for which a reservation lasts without a heartbeat.
    """

    def __init__(self, database: Database, lease: Callable[[], float]) -> None:
        self._database = database
        self._lease = lease
        self._owner = leases.new_owner()
        self.claims: dict[Key, int] = {}
        """The trials this process reserved, and the numbers of its claims on them."""

    def reserve(self, experiment: Any) -> Trial | None:
        """Claim the oldest trial that waits, or whose owner's lease has expired.

        It is one transaction: no two callers get the same trial.
        """
        of = values.to_key(experiment)
        with self._database.reading() as connection:
            # Nothing to claim is the usual case, and must not keep writers waiting.
            parameters = {"of": of, "now": self._database.now(connection)}
            if connection.execute(_AVAILABLE, parameters).first() is None:
                return None
        with self._database.atomic() as connection:
            now = self._database.now(connection)
            row = connection.execute(_AVAILABLE, {"of": of, "now": now}).first()
            if row is None:
                return None
            date = values.date_of(now)
            claimed = {
                "chosen": row.number,
                "status": "reserved",
                "start_time": values.to_date(date),
                "heartbeat": values.to_date(date),
                "claim": row.claim + 1,
                "owner": self._owner,
                "expires": now + self._lease(),
            }
            connection.execute(_CLAIM, claimed)
        if row.status == "reserved":
            logger.info("Trial %s was given up by %s and is taken over.", row.id, row.owner)
        self.claims[of, row.id] = row.claim + 1
        document = to_document(row)
        document.update(status="reserved", start_time=date, heartbeat=date)
        return Trial(**document)

    def set_status(
        self, trial: Trial, status: str, heartbeat: datetime | None, was: str | None
    ) -> None:
        """Change the status of a trial, if it still is what it was.

        Raises
        ------
        FailedUpdate
            If it is not, or another worker took over the reservation.
        """
        was = was or trial.status
        validate_status(status)
        validate_status(was)
        key = _key(trial)
        with self._database.atomic() as connection:
            if not isinstance(heartbeat, datetime):
                # ExperimentClient.reserve hands over the interval instead of a date.
                heartbeat = values.date_of(self._database.now(connection))
            row = {"status": status, "heartbeat": values.to_date(heartbeat)}
            row.update(self.lease_after(connection, {"status": status}))
            if connection.execute(_END, {**self._still(key, was), **row}).rowcount == 0:
                raise FailedUpdate(
                    f"Trial {trial.id} is not {was} any more, or not by this worker."
                )
            claim = connection.execute(_CLAIM_OF, {"of": key[0], "trial": key[1]}).scalar_one()
        self.remember(key, claim if status == "reserved" else None)
        trial.status = status

    def push_results(self, trial: Trial) -> int:
        """Write the whole trial, with its results and status, if it is still reserved.

        Raises
        ------
        FailedUpdate
            If it is not, or by another worker.
        """
        key = _key(trial)
        row = to_row(trial.to_dict())
        with self._database.atomic() as connection:
            row.update(self.lease_after(connection, {"status": trial.status}))
            if connection.execute(_END, {**self._still(key, "reserved"), **row}).rowcount == 0:
                raise FailedUpdate(f"Trial {trial.id} is not reserved by this worker any more.")
        self.remember(key, None)
        return 1

    def beat(self, trial: Trial) -> int:
        """Renew the reservation of a trial; return 0 where it was lost."""
        with self._database.atomic() as connection:
            now = self._database.now(connection)
            renewed = {
                "heartbeat": values.to_date(values.date_of(now)),
                "expires": now + self._lease(),
            }
            still = self._still(_key(trial), "reserved")
            return connection.execute(_BEAT, {**still, **renewed}).rowcount

    def lost(self, experiment: Any) -> list[Trial]:
        """Return the reserved trials whose owner did not renew the lease."""
        with self._database.reading() as connection:
            now = self._database.now(connection)
            parameters = {"of": values.to_key(experiment), "now": now}
            query = _LOST.order_by(_t.submit_time, _t.number)
            rows = connection.execute(query, parameters).all()
        return [Trial(**to_document(row)) for row in rows]

    def interrupt_lost(self, experiments: Sequence[Any]) -> int:
        """Make the lost trials of experiments available again; return how many there were."""
        keys = [values.to_key(uid) for uid in experiments]
        with self._database.reading() as connection:
            parameters = {"of_many": keys, "now": self._database.now(connection)}
            if connection.execute(_IS_ANY_LOST, parameters).first() is None:
                return 0
        with self._database.atomic() as connection:
            parameters["now"] = self._database.now(connection)
            return connection.execute(_INTERRUPT, parameters).rowcount

    def lease_after(self, connection: Connection, changes: Mapping[str, Any]) -> Values:
        """Return what a change of a trial means for the columns of its lease, but for the claim.

        Parameters
        ----------
        connection:
            The transaction of the change.
        changes:
            Parts of the trial's document and their new values.
        """
        heartbeat = changes.get("heartbeat")
        if "status" in changes and changes["status"] != "reserved":
            return {"owner": None, "expires": None}
        if "status" not in changes and heartbeat is None:
            return {}
        since = (
            self._database.now(connection) if heartbeat is None else values.seconds_of(heartbeat)
        )
        lease: Values = {"expires": since + self._lease()}
        return {**lease, "owner": self._owner} if "status" in changes else lease

    def remember(self, key: Key, claim: int | None) -> None:
        """Remember the number of a claim, or that there is none."""
        if claim is None:
            self.claims.pop(key, None)
        else:
            self.claims[key] = claim

    def _still(self, key: Key, was: str) -> Values:
        """Return the parameters that say what a trial has to be, and by which claim."""
        # A claim that was lost stays remembered: what is written for it has to fail, for ever.
        held = self.claims.get(key) if was == "reserved" else None
        return {"of": key[0], "trial": key[1], "was": was, "held": held}


def _key(trial: Trial) -> Key:
    return values.to_key(trial.experiment), trial.id
