"""Where the database is: the URL from what the user configured."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orion.core
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from orion_pbt.storage.configuration_file import BadOption

ENVIRONMENT = "ORION_STORAGE_URL"
DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
"""URL schemes as users write them → SQLAlchemy's dialect and driver."""


def find_url(url: str | None, database: Mapping[str, Any] | None = None) -> str:
    """Return the URL of the database.

    The first of these that is given: `url`; the environment variable ``ORION_STORAGE_URL``;
    ``host`` in `database` (Oríon's ``ORION_DB_ADDRESS``), if it is a URL; a file in the user's
    data directory, beside Oríon's own default.

    Parameters
    ----------
    url:
        The storage's option of that name, from a call or a configuration file.
    database:
        The storage's option of that name; Oríon fills it from its global configuration.
    """
    host = str((database or {}).get("host") or "")
    return url or os.environ.get(ENVIRONMENT) or (host if "://" in host else None) or default_url()


def default_url() -> str:
    """Return the URL of a file in the user's data directory, which is made if need be."""
    directory = Path(orion.core.DIRS.user_data_dir) / "orion"
    directory.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{directory / 'orion_pbt.db'}"


def parse(url: str) -> URL:
    """Return a URL in SQLAlchemy's form, with the driver this package uses.

    Raises
    ------
    BadOption
        If it is not the URL of a database that this package knows.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    scheme = parsed.drivername.split("+")[0] if parsed is not None else ""
    if parsed is None or scheme not in DRIVERS:
        raise BadOption(
            f"The storage's url is {_shown(url)!r}, but it must be that of a SQLite file, "
            "sqlite:///relative.db or sqlite:////absolute/path.db, or of a PostgreSQL database, "
            "postgresql://user:password@host/name."
        )
    parsed = parsed.set(drivername=DRIVERS[scheme])
    if scheme == "sqlite" and parsed.database and parsed.database != ":memory:":
        # Absolute, because it may be opened again by a process in another directory.
        parsed = parsed.set(database=os.path.abspath(parsed.database))
    return parsed


def _shown(url: str) -> str:
    """Return a URL without its password, which may hold any character."""
    return re.sub("//.*@", "//***@", str(url))
