"""Population based training as algorithms of Oríon.

Oríon imports this package in each process that looks for algorithms; that is also when the
corrections to Oríon itself are put in place.
"""

from orion_pbt import upstream
from orion_pbt.algorithms.pbt import PBT
from orion_pbt.checkpoints import TrialDirectories
from orion_pbt.upstream import trial_directories

__all__ = ["PBT"]

keeper = trial_directories.keeper = TrialDirectories()
"""Looks after the directories of trials in this process."""
upstream.install()
