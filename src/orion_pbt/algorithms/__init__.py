"""Population based training as algorithms of Oríon.

Oríon imports this package in each process that looks for algorithms; that is also when the
corrections to Oríon itself are put in place.
"""

from orion_pbt import upstream
from orion_pbt.algorithms.pbt import PBT

__all__ = ["PBT"]

upstream.install()
