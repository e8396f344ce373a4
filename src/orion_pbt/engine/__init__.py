"""Population based training as ask and tell, without Oríon."""

from orion_pbt.engine.barrier import Barrier
from orion_pbt.engine.engine import Engine, check_population
from orion_pbt.engine.randomness import generator

__all__ = ["Barrier", "Engine", "check_population", "generator"]
