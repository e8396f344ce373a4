"""How long each generation trains: generation ↔ fidelity."""

from orion_pbt.schedules.fidelity import FidelitySchedule

__all__ = ["FidelitySchedule"]
