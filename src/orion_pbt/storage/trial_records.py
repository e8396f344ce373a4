"""A trial's document and the row that holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from orion_pbt.storage import codec, values
from orion_pbt.storage.conditions import Field
from orion_pbt.storage.documents import Document
from orion_pbt.storage.schema import trials

Values = dict[str, Any]

TO_SQL: Mapping[str, Callable[[Any], Any]] = {
    "experiment": values.to_key,
    "id": values.to_text,
    "status": values.to_text,
    "parent": values.to_text,
    "submit_time": values.to_date,
    "start_time": values.to_date,
    "end_time": values.to_date,
    "heartbeat": values.to_date,
}
"""The parts of a trial's document that have columns of their own."""

FIELDS: Mapping[str, Field] = {
    name: Field(trials.c[name], to_sql, is_ordered=name != "experiment")
    for name, to_sql in TO_SQL.items()
}

COLUMNS = [trials.c[name] for name in ("number", "uid", "document", *TO_SQL)]
"""What `to_document` needs of a row."""

PENDING = ("new", "suspended", "interrupted")
"""The statuses of trials that wait for a worker."""

_FROM_SQL: Mapping[str, Callable[[Any], Any]] = {
    "experiment": values.from_key,
    **{name: values.from_date for name in TO_SQL if TO_SQL[name] is values.to_date},
}


def to_values(document: Mapping[str, Any]) -> tuple[Values, Document]:
    """Split parts of a trial into the values of columns, and what goes into the document.

    Raises
    ------
    StorageError
        If a part is not what its column is for.
    """
    row: Values = {}
    rest: Document = {}
    for name, value in document.items():
        if name not in TO_SQL:
            rest[name] = value
            continue
        try:
            row[name] = None if value is None else TO_SQL[name](value)
        except ValueError as error:
            raise values.bad_value(f"A trial's {name} {value!r}", error) from None
    return row, rest


def to_row(document: Mapping[str, Any]) -> Values:
    """Return all columns of a whole document, but for ``uid`` and the lease."""
    row, rest = to_values(document)
    rest.pop("_id", None)
    row["document"] = codec.dumps(rest)
    return row


def to_document(row: Any) -> Document:
    """Return the document of a row that has `COLUMNS`."""
    document: Document = codec.loads(row.document)
    for name in TO_SQL:
        value = getattr(row, name)
        from_sql = _FROM_SQL.get(name)
        document[name] = value if from_sql is None else from_sql(value)
    document["_id"] = row.number if row.uid is None else values.from_key(row.uid)
    return document
