"""Training from scratch along a schedule that a population found."""

from orion_pbt.replaying.comparison import Comparison, Scores, compare
from orion_pbt.replaying.functions import replay
from orion_pbt.replaying.opening import open_replay
from orion_pbt.replaying.plan import Plan, algorithm_of, plan_of
from orion_pbt.replaying.scripts import check_script, train_script

__all__ = [
    "Comparison",
    "Plan",
    "Scores",
    "algorithm_of",
    "check_script",
    "compare",
    "open_replay",
    "plan_of",
    "replay",
    "train_script",
]
