"""The storage as one of Oríon's databases, for the commands that know only those.

``orion db test`` and ``orion db setup`` do not know storages, and a few places in Oríon reach for
``storage._db``. What they say, ``database: {type: sql, host: URL}`` (or ``ORION_DB_TYPE`` and
``ORION_DB_ADDRESS``), selects the SQL storage too, and not Oríon's own storage on top of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from orion.core.io.database import Database as OrionDatabase
from orion.core.worker.trial import Trial
from orion.storage.legacy import Legacy

from orion_pbt.storage import location
from orion_pbt.storage.collection import Collection
from orion_pbt.storage.conditions import Where
from orion_pbt.storage.documents import Document, select
from orion_pbt.storage.trials import Trials


class Documents:
    """The tables as collections of documents, with the methods of Oríon's databases.

    Parameters
    ----------
    trials:
        The trials.
    collections:
        The other collections that have tables of their own.
    others:
        The documents of all other collections, which say in ``collection`` of which.
    """

    def __init__(
        self, trials: Trials, collections: Mapping[str, Collection], others: Collection
    ) -> None:
        self._trials = trials
        self._collections = collections
        self._others = others

    def insert(self, name: str, document: Document) -> None:
        """Insert a document, which gets its ``_id``."""
        if name == "trials":
            trial = Trial(**document)
            self._trials.register(trial)
            document["_id"] = trial.id_override
        elif name in self._collections:
            self._collections[name].insert(document)
        else:
            kept = {**document, "collection": name}
            self._others.insert(kept)
            document["_id"] = kept["_id"]

    def find(self, name: str, where: Where | None) -> list[Document]:
        """Return the documents that fulfil a query."""
        if name == "trials":
            return self._trials.find(where or {})
        if name in self._collections:
            return self._collections[name].find(where)
        found = self._others.find({**(where or {}), "collection": name})
        return [select(document, {"collection": 0}) for document in found]

    def change(self, name: str, where: Where, changes: Document) -> int:
        """Change parts of the documents that fulfil a query; return how many there are."""
        if name == "trials":
            return self._trials.change(where, changes)
        if name in self._collections:
            return self._collections[name].change(where, changes)
        return self._others.change({**where, "collection": name}, changes)

    def delete(self, name: str, where: Where | None) -> int:
        """Delete the documents that fulfil a query; return how many there were."""
        if name == "trials":
            return self._trials.delete(where or {})
        if name in self._collections:
            return self._collections[name].delete(where or {})
        return self._others.delete({**(where or {}), "collection": name})


class SQL(OrionDatabase):
    """A SQL database as Oríon's commands see it.

    Parameters
    ----------
    host:
        Its URL.
    documents:
        What is in it; opened at the URL if None.
    options:
        Oríon's other options for databases, which are not used.
    """

    def __init__(
        self, host: str | None = None, documents: Documents | None = None, **_options: Any
    ) -> None:
        self._documents = documents
        super().__init__(host=host)

    @property
    def is_connected(self) -> bool:
        """Whether there is a database."""
        return self._documents is not None

    def initiate_connection(self) -> None:
        """Open the database at the URL."""
        if self._documents is None:
            from orion_pbt.storage import sql

            self._documents = sql.SQL(self.host).documents

    def close_connection(self) -> None:
        """Do nothing: connections end with their process."""

    def ensure_index(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing: the tables have their indexes."""

    def index_information(self, _collection_name: str) -> dict[str, bool]:
        """Return nothing: there is no index of Oríon's old versions."""
        return {}

    def drop_index(self, _collection_name: str, _name: str) -> None:
        """Do nothing."""

    def write(self, collection_name: str, data: Any, query: Where | None = None) -> int:
        """Insert documents, or change those that fulfil a query; return how many."""
        assert self._documents is not None
        if query is not None:
            return self._documents.change(collection_name, query, data)
        documents = data if isinstance(data, (list, tuple)) else [data]
        for document in documents:
            self._documents.insert(collection_name, document)
        return len(documents)

    def read(
        self,
        collection_name: str,
        query: Where | None = None,
        selection: Mapping[str, Any] | None = None,
    ) -> list[Document]:
        """Return the documents that fulfil a query, or the selected parts of them."""
        assert self._documents is not None
        found = self._documents.find(collection_name, query)
        return [select(document, selection) for document in found]

    def read_and_write(
        self,
        collection_name: str,
        query: Where,
        data: Document,
        selection: Mapping[str, Any] | None = None,
    ) -> Document | None:
        """Change the first document that fulfils a query; return it as it is then."""
        found = self.read(collection_name, query)
        if not found:
            return None
        this = {"_id": found[0]["_id"]}
        self.write(collection_name, data, this)
        return self.read(collection_name, this, selection)[0]

    def count(self, collection_name: str, query: Where | None = None) -> int:
        """Return how many documents fulfil a query."""
        return len(self.read(collection_name, query))

    def remove(self, collection_name: str, query: Where | None) -> int:
        """Delete the documents that fulfil a query; return how many there were."""
        assert self._documents is not None
        return self._documents.delete(collection_name, query)

    @classmethod
    def get_defaults(cls) -> dict[str, Any]:
        """Return what ``orion db setup`` proposes."""
        return {"host": location.default_url()}


def redirect() -> None:
    """Let Oríon's own storage with a database of type ``sql`` be the SQL storage instead."""
    Legacy.__new__ = _new(Legacy.__new__)


def _new(own: Callable[..., Any]) -> Callable[..., Any]:
    def new(cls: type, database: Any = None, setup: bool = True) -> Any:
        if cls is Legacy and str((database or {}).get("type", "")).lower() == "sql":
            from orion_pbt.storage import sql

            return sql.SQL(database=database, setup=setup)
        return own(cls)

    return new
