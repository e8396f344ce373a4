"""What is learned from results: models of what hyperparameters bring, with numpy and scipy."""

from orion_pbt.models.bandit import Pull, chances
from orion_pbt.models.confidence import bonus, highest_bound
from orion_pbt.models.gaussian_process import Belief, Hallucination, Kernel
from orion_pbt.models.likelihood import fit
from orion_pbt.models.threads import one_thread

__all__ = [
    "Belief",
    "Hallucination",
    "Kernel",
    "Pull",
    "bonus",
    "chances",
    "fit",
    "highest_bound",
    "one_thread",
]
