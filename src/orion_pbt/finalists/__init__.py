"""The best members, evaluated again without training: how much of their score was luck."""

from orion_pbt.finalists.evaluation import Evaluate, evaluate_finalists
from orion_pbt.finalists.functions import finalists, with_function
from orion_pbt.finalists.scripts import with_script
from orion_pbt.finalists.standings import Finalist, Standings

__all__ = [
    "Evaluate",
    "Finalist",
    "Standings",
    "evaluate_finalists",
    "finalists",
    "with_function",
    "with_script",
]
