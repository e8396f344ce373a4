"""The experiment storage: a SQLite file, or PostgreSQL for many hosts.

Oríon imports this package in each process that looks for storages, so nothing optional is
imported here.
"""

from orion_pbt.storage import orion_commands, orion_database, orion_types
from orion_pbt.storage.leases import LeaseLost
from orion_pbt.storage.sql import SQL

__all__ = ["SQL", "LeaseLost"]

orion_types.register()
orion_commands.install()
orion_database.redirect()
