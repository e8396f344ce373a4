"""Experiments and benchmarks: few documents, searched by a few parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from orion_pbt.storage import codec, conditions, counters, values
from orion_pbt.storage.conditions import Field, Where
from orion_pbt.storage.database import Database
from orion_pbt.storage.documents import Document, flatten, update
from orion_pbt.storage.documents import select as select_parts
from orion_pbt.storage.unique import unique


class Collection:
    """A table of whole documents.

    Parameters
    ----------
    database:
        Where it is.
    table:
        Has the columns ``uid``, ``position`` and ``document``, and those of `paths`.
    paths:
        Name of each further column → the part of the document it repeats, how that becomes the
        column's value, and the value for a document without it.
    """

    def __init__(
        self,
        database: Database,
        table: Table,
        paths: Mapping[str, tuple[str, Callable[[Any], Any], Any]],
    ) -> None:
        self._database = database
        self._table = table
        self._paths = paths
        self._fields = {
            "_id": Field(table.c.uid, values.to_key, is_ordered=False),
            **{
                path: Field(table.c[name], to_sql, is_ordered=to_sql is not values.to_key)
                for name, (path, to_sql, default) in paths.items()
                if default is None
            },
        }

    def insert(
        self,
        document: Document,
        also: Callable[[Connection, Any], None] = lambda _connection, _uid: None,
    ) -> None:
        """Insert a document, which gets an ``_id`` unless it has one.

        Parameters
        ----------
        document:
            The document.
        also:
            Called with the transaction and the id, to write what belongs to it.

        Raises
        ------
        DuplicateKeyError
            If there is one with the same unique parts.
        """
        uid = document.get("_id")
        what = f"one of the {self._table.name} like {document.get('name')!r}"
        with unique(what), self._database.atomic() as connection:
            position = counters.draw(connection, self._table.name, uid)
            uid = position if uid is None else uid
            row = {**self._to_values(document), "uid": values.to_key(uid), "position": position}
            connection.execute(self._table.insert().values(row))
            also(connection, uid)
        document["_id"] = uid

    def find(
        self, where: Where | None, selection: Mapping[str, Any] | None = None
    ) -> list[Document]:
        """Return the documents that fulfil a query, or the parts of them that are selected."""
        with self._database.reading() as connection:
            found = self._matching(connection, where)
        return [select_parts(document, selection) for document in found.values()]

    def change(self, where: Where, changes: Mapping[str, Any]) -> int:
        """Change parts of the documents that fulfil a query; return how many there are.

        Raises
        ------
        DuplicateKeyError
            If unique parts would be the same as another document's.
        """
        what = f"one of the {self._table.name} like that"
        with unique(what), self._database.atomic() as connection:
            found = self._matching(connection, where, for_update=True)
            for key, document in found.items():
                update(document, {**changes, "_id": document["_id"]})
                this = self._table.c.uid == key
                row = self._to_values(document)
                connection.execute(self._table.update().where(this).values(row))
        return len(found)

    def delete(self, where: Where) -> int:
        """Delete the documents that fulfil a query; return how many there were."""
        with self._database.atomic() as connection:
            found = list(self._matching(connection, where, for_update=True))
            if found:
                connection.execute(self._table.delete().where(self._table.c.uid.in_(found)))
        return len(found)

    def _matching(
        self, connection: Connection, where: Where | None, for_update: bool = False
    ) -> dict[str, Document]:
        wanted = conditions.parse(where)
        clauses, _ = conditions.to_sql(wanted, self._fields)
        query = (
            select(self._table.c.uid, self._table.c.document)
            .where(*clauses)
            .order_by(self._table.c.position)
        )
        rows = connection.execute(query.with_for_update() if for_update else query).all()
        documents = {row.uid: _to_document(row) for row in rows}
        # SQL cannot tell a part that is None from one that is not there.
        return {
            key: document
            for key, document in documents.items()
            if conditions.matches(document, wanted)
        }

    def _to_values(self, document: Document) -> dict[str, Any]:
        flat = flatten(document)
        row: dict[str, Any] = {
            "document": codec.dumps({name: document[name] for name in document if name != "_id"})
        }
        for name, (path, to_sql, default) in self._paths.items():
            value = flat.get(path)
            try:
                row[name] = default if value is None else to_sql(value)
            except ValueError as error:
                raise values.bad_value(f"{path} {value!r}", error) from None
        return row


def _to_document(row: Any) -> Document:
    document: Document = codec.loads(row.document)
    document["_id"] = values.from_key(row.uid)
    return document
