"""When: how far each generation trains, and which schedule of hyperparameters was found."""

from orion_pbt.schedules.fidelity import FidelitySchedule
from orion_pbt.schedules.given import GivenLevels, stretched
from orion_pbt.schedules.path import Stretch, path_of

__all__ = ["FidelitySchedule", "GivenLevels", "Stretch", "path_of", "stretched"]
