"""How the hyperparameters of a copied member are varied: one operator a file."""

from orion_pbt.explore.base import Explore
from orion_pbt.explore.fork import Fork
from orion_pbt.explore.perturb import PerturbExplore
from orion_pbt.explore.pipeline import PipelineExplore
from orion_pbt.explore.resample import ResampleExplore

EXPLORES: dict[str, type[Explore]] = {
    "perturb": PerturbExplore,
    "pipeline": PipelineExplore,
    "resample": ResampleExplore,
}
"""The operators by their short name; ``<name>explore`` is understood too."""

__all__ = [
    "EXPLORES",
    "Explore",
    "Fork",
    "PerturbExplore",
    "PipelineExplore",
    "ResampleExplore",
]
