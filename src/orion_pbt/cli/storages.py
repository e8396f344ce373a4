"""Storages as a person writes them on the command line."""

from __future__ import annotations

import os
from typing import Any

from orion_pbt.errors import bad_setting


def to_configuration(text: str) -> dict[str, Any]:
    """Return Oríon's configuration of a storage.

    Parameters
    ----------
    text:
        ``sqlite:///…`` or ``postgresql://…`` for orion-pbt's own storage, ``mongodb://…`` for
        Oríon's MongoDB, or the path of a ``.pkl`` file for its PickledDB. A path that ends
        otherwise is taken for a SQLite file.

    Raises
    ------
    ConfigurationError
        If it is none of these.
    """
    scheme, has_scheme, _ = text.partition("://")
    if not has_scheme:
        path = os.path.abspath(os.path.expanduser(text))
        if path.endswith(".pkl"):
            return {"type": "legacy", "database": {"type": "pickleddb", "host": path}}
        return {"type": "sql", "url": f"sqlite:///{path}"}
    if scheme in ("mongodb", "mongodb+srv"):
        return {"type": "legacy", "database": {"type": "mongodb", "host": text}}
    if scheme.split("+")[0] in ("sqlite", "postgres", "postgresql"):
        return {"type": "sql", "url": text}
    raise bad_setting(
        "The storage",
        text,
        "it is the URL of a SQLite, PostgreSQL or MongoDB database, or a .pkl file",
        "Use e.g. sqlite:///pbt.db.",
    )
