"""The tables.

A document of Oríon is kept as typed JSON (see `orion_pbt.storage.codec`). What is searched for,
or changed alone, has a column of its own. Ids of Oríon may be numbers or strings, so they are
kept as JSON: ``1`` and ``"1"`` are two ids.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

# Compared byte by byte in any database, so that dates and ids sort everywhere alike.
Key = String().with_variant(Text(collation="C"), "postgresql")
Document = Text

OPEN = text("status IN ('new', 'suspended', 'interrupted', 'reserved')")
"""Trials that are, or may become, available; written alike in the index and in the query."""

metadata = MetaData()

migrations = Table(
    "orion_pbt_migrations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Key, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", Integer, nullable=False),
)

benchmarks = Table(
    "benchmarks",
    metadata,
    Column("uid", Key, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Key, nullable=False, unique=True),
    Column("document", Document, nullable=False),
)

others = Table(
    "others",
    metadata,
    Column("uid", Key, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("collection", Key, nullable=False),
    Column("document", Document, nullable=False),
    Index("others_by_collection", "collection"),
)

experiments = Table(
    "experiments",
    metadata,
    Column("uid", Key, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("parent", Key),
    Column("root", Key),
    Column("document", Document, nullable=False),
    UniqueConstraint("name", "version"),
    Index("experiments_by_parent", "parent"),
    Index("experiments_by_root", "root"),
)

trials = Table(
    "trials",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("uid", Key, unique=True),
    Column("experiment", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("status", Key, nullable=False),
    Column("parent", Key),
    Column("submit_time", Key),
    Column("start_time", Key),
    Column("end_time", Key),
    Column("heartbeat", Key),
    # The lease of who runs it.
    Column("claim", Integer, nullable=False),
    Column("owner", Key),
    Column("expires", Float(53)),
    Column("document", Document, nullable=False),
    UniqueConstraint("experiment", "id"),
    Index("trials_by_status", "experiment", "status"),
    Index("trials_open", "experiment", "number", sqlite_where=OPEN, postgresql_where=OPEN),
    sqlite_autoincrement=True,
)

algorithms = Table(
    "algorithms",
    metadata,
    Column("experiment", Key, primary_key=True),
    Column("configuration", Document, nullable=False),
    # The lease of who decides.
    Column("claim", Integer, nullable=False),
    Column("owner", Key),
    Column("expires", Float(53)),
    # The state: its long strings are in the table of texts.
    Column("revision", Integer, nullable=False),
    Column("state", Document),
)

texts = Table(
    "texts",
    metadata,
    Column("experiment", Key, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("name", Key, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("text", Text, nullable=False),
)
