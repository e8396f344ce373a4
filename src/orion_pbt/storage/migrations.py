"""The schema number of a database, and the named steps that lead to the newest one.

An empty database gets the newest tables at once. An older one takes the steps it lacks; they are
named in ``orion_pbt_migrations``, and the number of the last one is its schema number. A step that
was released is never edited: another one is added.
"""

from __future__ import annotations

from typing import Callable

import sqlalchemy
from sqlalchemy.engine import Connection

from orion_pbt.storage import postgresql, schema
from orion_pbt.storage.database import Database, DatabaseFailed

Step = Callable[[Connection], None]

STEPS: tuple[tuple[str, Step], ...] = (("initial", schema.metadata.create_all),)
"""Name of each step and what it does to a database of the schema before; the first is number 1."""

SCHEMA = len(STEPS)
"""The schema number that this version of the package reads and writes."""


def migrate(database: Database) -> None:
    """Bring a database to the newest schema.

    Raises
    ------
    DatabaseFailed
        If the database has a schema that only a newer version of the package knows, or tables of
        another program that are named as ours.
    """
    with database.reading() as connection:
        if schema_of(database, connection) == SCHEMA:
            return
    with database.atomic() as connection:
        if not database.is_sqlite:
            postgresql.lock_schema(connection)
        done = schema_of(database, connection)
        if done == 0:
            _check_no_foreign_tables(database, connection)
            schema.metadata.create_all(connection)
        for number, (name, apply) in enumerate(STEPS[done:], done + 1):
            if done > 0:
                apply(connection)
            connection.execute(schema.migrations.insert().values(number=number, name=name))


def schema_of(database: Database, connection: Connection) -> int:
    """Return the schema number of a database, 0 if it is empty.

    Raises
    ------
    DatabaseFailed
        If it is above the newest one known here.
    """
    table = schema.migrations
    if not sqlalchemy.inspect(connection).has_table(table.name):
        return 0
    newest = sqlalchemy.select(table).order_by(table.c.number.desc()).limit(1)
    row = connection.execute(newest).first()
    if row is not None and row.number > SCHEMA:
        raise DatabaseFailed(
            f"The database {database!r} has schema {row.number} ({row.name!r}), and this version "
            f"of orion-pbt reads schemas up to {SCHEMA}. Upgrade orion-pbt, or use another "
            "database."
        )
    return 0 if row is None else int(row.number)


def _check_no_foreign_tables(database: Database, connection: Connection) -> None:
    """Refuse a database of another program: ours are all created in one transaction, or none."""
    inspector = sqlalchemy.inspect(connection)
    taken = sorted(name for name in schema.metadata.tables if inspector.has_table(name))
    if taken:
        raise DatabaseFailed(
            f"The database {database!r} has tables named {', '.join(taken)} that are not "
            "orion-pbt's. Nothing was changed in it. Use another database, or on a PostgreSQL "
            "server another schema: postgresql://…/name?options=-csearch_path=schema."
        )
