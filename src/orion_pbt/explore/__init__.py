"""How the hyperparameters of a copied member are varied: one operator a file."""

from orion_pbt.explore.additive import AdditiveExplore
from orion_pbt.explore.base import Explore
from orion_pbt.explore.by_name import ByNameExplore
from orion_pbt.explore.constrained import ConstrainedExplore
from orion_pbt.explore.fork import Fork
from orion_pbt.explore.gpbt import GPBTExplore
from orion_pbt.explore.pb2 import PB2Explore
from orion_pbt.explore.pb2mix import PB2MixExplore
from orion_pbt.explore.perturb import PerturbExplore
from orion_pbt.explore.pipeline import PipelineExplore
from orion_pbt.explore.resample import ResampleExplore
from orion_pbt.explore.user import UserExplore

EXPLORES: dict[str, type[Explore]] = {
    "additive": AdditiveExplore,
    "byname": ByNameExplore,
    "constrained": ConstrainedExplore,
    "gpbt": GPBTExplore,
    "pb2": PB2Explore,
    "pb2mix": PB2MixExplore,
    "perturb": PerturbExplore,
    "pipeline": PipelineExplore,
    "resample": ResampleExplore,
    "user": UserExplore,
}
"""The operators by their short name; ``<name>explore`` is understood too, and ``by_name``."""

__all__ = [
    "EXPLORES",
    "AdditiveExplore",
    "ByNameExplore",
    "ConstrainedExplore",
    "Explore",
    "Fork",
    "GPBTExplore",
    "PB2Explore",
    "PB2MixExplore",
    "PerturbExplore",
    "PipelineExplore",
    "ResampleExplore",
    "UserExplore",
]
