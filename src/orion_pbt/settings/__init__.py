"""What users write: strategies, their options, and functions of their own."""

from orion_pbt.settings.strategies import NAMED_PARTS, OURS, PARTS, build, describe
from orion_pbt.settings.user_functions import UserFunction

__all__ = ["NAMED_PARTS", "OURS", "PARTS", "UserFunction", "build", "describe"]
