"""Whether a population searches well, judged from its lineages: one question a file."""

from orion_pbt.health.examination import examine
from orion_pbt.health.finding import Finding

__all__ = ["Finding", "examine"]
