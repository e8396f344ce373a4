"""What may be tried: the hyperparameters, their bounds, scales and priors."""

from orion_pbt.space.dimension import Categorical, Dimension, Integer, Real, Value
from orion_pbt.space.space import Params, Space

__all__ = ["Categorical", "Dimension", "Integer", "Params", "Real", "Space", "Value"]
