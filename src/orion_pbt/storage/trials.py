"""Trials as documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable

from orion.core.worker.trial import Trial
from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from orion_pbt.errors import StorageError
from orion_pbt.storage import codec, conditions, documents, tallies, values
from orion_pbt.storage.conditions import Condition, Where
from orion_pbt.storage.database import Database
from orion_pbt.storage.documents import Document
from orion_pbt.storage.reservations import Reservations
from orion_pbt.storage.schema import trials
from orion_pbt.storage.trial_records import COLUMNS, FIELDS, to_document, to_row, to_values
from orion_pbt.storage.unique import unique

_t = trials.c
_INSERT = insert(trials)
_ONE = select(*COLUMNS).where(_t.experiment == bindparam("of"), _t.id == bindparam("trial"))


class Trials:
    """The table of trials.

    Parameters
    ----------
    database:
        Where it is.
    reservations:
        Who may run them.
    fence:
        Called in the transaction that registers a trial; raises `LeaseLost` where this process
        may not.
    """

    def __init__(
        self,
        database: Database,
        reservations: Reservations,
        fence: Callable[[Connection, str], None],
    ) -> None:
        self._database = database
        self._reservations = reservations
        self._fence = fence

    def register(self, trial: Trial) -> None:
        """Insert a trial, which gets its ``_id``.

        Raises
        ------
        DuplicateKeyError
            If the experiment has a trial of that id.
        LeaseLost
            If this process suggested the trial inside the algorithm's lock, and lost that.
        """
        if trial.experiment is None:
            raise StorageError(f"Trial {trial.id} belongs to no experiment. Set its experiment.")
        document = trial.to_dict()
        uid = document.get("_id")
        row = to_row(document)
        row["uid"] = None if uid is None else values.to_key(uid)
        is_reserved = trial.status == "reserved"
        row["claim"] = int(is_reserved)
        with unique(f"trial {trial.id}"), self._database.atomic() as connection:
            self._fence(connection, row["experiment"])
            row.update(self._reservations.lease_after(connection, document))
            result = connection.execute(_INSERT, row)
        if is_reserved:
            self._reservations.remember((row["experiment"], row["id"]), 1)
        assert result.inserted_primary_key is not None
        trial.id_override = result.inserted_primary_key[0] if uid is None else uid

    def fetch(self, where: Where) -> list[Trial]:
        """Return the trials that fulfil a query, the earliest submitted first."""
        return [Trial(**document) for document in self.find(where)]

    def find(self, where: Where) -> list[Document]:
        """Return the documents of the trials that `fetch` returns."""
        clauses, rest = conditions.to_sql(conditions.parse(where), FIELDS)
        query = select(*COLUMNS).where(*clauses).order_by(_t.submit_time, _t.number)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        found = map(to_document, rows)
        return [document for document in found if conditions.matches(document, rest)]

    def get(self, uid: str, experiment: Any) -> Trial | None:
        """Return the trial of an experiment that has an id, None if there is none."""
        with self._database.reading() as connection:
            parameters = {"of": values.to_key(experiment), "trial": uid}
            row = connection.execute(_ONE, parameters).first()
        return None if row is None else Trial(**to_document(row))

    def change(self, where: Where, changes: Mapping[str, Any]) -> int:
        """Change parts of the trials that fulfil a query; return how many there are.

        A change of the status ends a reservation, or begins one.
        """
        changes = {name: value for name, value in changes.items() if name != "_id"}
        row, rest = to_values(changes)
        if "status" in changes:
            row["claim"] = _t.claim + 1
        clauses, residual = conditions.to_sql(conditions.parse(where), FIELDS)
        with unique("a trial like that"), self._database.atomic() as connection:
            row.update(self._reservations.lease_after(connection, changes))
            if not rest and not residual:
                return connection.execute(update(trials).where(*clauses).values(row)).rowcount
            found = _matching(connection, clauses, residual)
            for number, document in found.items():
                if rest:
                    own = {name: document[name] for name in document if name not in FIELDS}
                    del own["_id"]
                    documents.update(own, rest)
                    row["document"] = codec.dumps(own)
                connection.execute(update(trials).where(_t.number == number).values(row))
        return len(found)

    def delete(self, where: Where) -> int:
        """Delete the trials that fulfil a query; return how many there were."""
        clauses, residual = conditions.to_sql(conditions.parse(where), FIELDS)
        with self._database.atomic() as connection:
            if residual:
                clauses = [_t.number.in_(_matching(connection, clauses, residual))]
            return connection.execute(delete(trials).where(*clauses)).rowcount

    def count(self, experiments: Iterable[Any]) -> dict[str, int]:
        """Return the number of trials of each status, of several experiments together."""
        with self._database.reading() as connection:
            return tallies.count(connection, [values.to_key(uid) for uid in experiments])

    def statuses(self, experiment: Any) -> dict[str, str]:
        """Return the status of each trial of an experiment, by id, and nothing else of it."""
        query = select(_t.id, _t.status).where(_t.experiment == values.to_key(experiment))
        with self._database.reading() as connection:
            return {row.id: row.status for row in connection.execute(query)}


def _matching(
    connection: Connection, clauses: Sequence[ColumnElement[bool]], residual: list[Condition]
) -> dict[int, Document]:
    rows = connection.execute(select(*COLUMNS).where(*clauses).with_for_update()).all()
    found = {row.number: to_document(row) for row in rows}
    return {
        number: document
        for number, document in found.items()
        if conditions.matches(document, residual)
    }
