"""What a member of the population is, and which of two members is better."""

from orion_pbt.population.member import Member, Status
from orion_pbt.population.ranking import is_rankable, rank

__all__ = ["Member", "Status", "is_rankable", "rank"]
