"""Empty databases to test with."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.engine import make_url

SERVER = os.environ.get("ORION_PBT_TEST_POSTGRESQL")
"""URL of a PostgreSQL database to make schemas in, see .ci/postgresql."""


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """Return the URL of an empty schema of a PostgreSQL server."""
    if not SERVER:
        pytest.skip("no PostgreSQL server: ORION_PBT_TEST_POSTGRESQL is not set")
    schema = f"test_{uuid.uuid4().hex}"
    server = make_url(SERVER).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(server)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    url = server.update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.set(drivername="postgresql").render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database, of each kind."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found
