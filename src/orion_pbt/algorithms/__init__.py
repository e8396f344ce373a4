"""Population based training as algorithms of Oríon.

Oríon imports this package in each process that looks for algorithms; that is also when the
corrections to Oríon itself are put in place.
"""

from orion_pbt import upstream
from orion_pbt.algorithms.pbt import PBT
from orion_pbt.algorithms.population import PopulationAlgorithm
from orion_pbt.algorithms.replay import Replay
from orion_pbt.algorithms.variants import IPBT, MFPBT, PB2, FirePBT, PB2Mix
from orion_pbt.checkpoints import TrialDirectories
from orion_pbt.upstream import trial_directories

__all__ = ["IPBT", "MFPBT", "PB2", "PBT", "FirePBT", "PB2Mix", "PopulationAlgorithm", "Replay"]

keeper = trial_directories.keeper = TrialDirectories()
"""Looks after the directories of trials in this process."""
upstream.install()
