"""How many trials of an experiment have which status, without counting them.

Oríon asks several times a trial. Counting takes longer the more trials there are, so the database
itself keeps the numbers up to date, by triggers, whoever changes a trial.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, bindparam, event, select
from sqlalchemy.engine import Connection

from orion_pbt.storage.schema import Key, metadata

tallies = Table(
    "tallies",
    metadata,
    Column("experiment", Key, primary_key=True),
    Column("status", Key, primary_key=True),
    Column("number", Integer, nullable=False),
)

_ADD = """
    INSERT INTO tallies (experiment, status, number) VALUES (NEW.experiment, NEW.status, 1)
    ON CONFLICT (experiment, status) DO UPDATE SET number = tallies.number + 1;
"""
_SUBTRACT = """
    UPDATE tallies SET number = number - 1
    WHERE experiment = OLD.experiment AND status = OLD.status;
"""
SQLITE = (
    f"CREATE TRIGGER tally_insert AFTER INSERT ON trials BEGIN {_ADD} END",
    f"CREATE TRIGGER tally_update AFTER UPDATE OF experiment, status ON trials "
    f"WHEN OLD.experiment <> NEW.experiment OR OLD.status <> NEW.status "
    f"BEGIN {_SUBTRACT} {_ADD} END",
    f"CREATE TRIGGER tally_delete AFTER DELETE ON trials BEGIN {_SUBTRACT} END",
)
# Two transactions that change the same two numbers do so in the same order, so that neither waits
# for the other for ever.
POSTGRESQL = (
    f"""
    CREATE FUNCTION keep_tally() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN {_ADD}
        ELSIF TG_OP = 'DELETE' THEN {_SUBTRACT}
        ELSIF OLD.status < NEW.status THEN {_SUBTRACT} {_ADD}
        ELSE {_ADD} {_SUBTRACT}
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER tally_members AFTER INSERT OR DELETE ON trials
    FOR EACH ROW EXECUTE FUNCTION keep_tally()
    """,
    """
    CREATE TRIGGER tally_changes AFTER UPDATE OF experiment, status ON trials
    FOR EACH ROW WHEN (OLD.experiment <> NEW.experiment OR OLD.status <> NEW.status)
    EXECUTE FUNCTION keep_tally()
    """,
)


@event.listens_for(metadata, "after_create")
def _create_triggers(_metadata: MetaData, connection: Connection, **_options: Any) -> None:
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)


_COUNT = select(tallies.c.status, tallies.c.number).where(
    tallies.c.experiment == bindparam("of"), tallies.c.number > 0
)


def count(connection: Connection, experiments: Sequence[str]) -> dict[str, int]:
    """Return the number of trials of each status, of several experiments together.

    Parameters
    ----------
    connection:
        An open transaction.
    experiments:
        Their keys.
    """
    numbers: Counter[str] = Counter()
    for experiment in experiments:
        for status, number in connection.execute(_COUNT, {"of": experiment}):
            numbers[status] += number
    return dict(numbers)
