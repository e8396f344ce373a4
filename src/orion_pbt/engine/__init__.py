"""Population based training as ask and tell, without Oríon."""

from orion_pbt.engine.barrier import Barrier
from orion_pbt.engine.engine import Engine, check_population
from orion_pbt.engine.inheriting import inherited_log
from orion_pbt.engine.randomness import generator
from orion_pbt.engine.replaying import REPLICA, ReplayEngine, replica_of

__all__ = [
    "REPLICA",
    "Barrier",
    "Engine",
    "ReplayEngine",
    "check_population",
    "generator",
    "inherited_log",
    "replica_of",
]
