"""What is compared: one configuration of ``pbt`` a strategy, the same for all tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from orion_pbt.exploit import EXPLOITS
from orion_pbt.explore import EXPLORES
from search_quality.controls import NoneExploit, SelfExploit, UnvariedExploit
from search_quality.textbook import TextbookExplore

POPULATION = 8
_ALL = {"min_forking_population": 8, "truncation_quantile": 0.75, "candidate_pool_ratio": 0.25}
_HALF = {**_ALL, "min_forking_population": 4}

SETTINGS: dict[str, Mapping[str, Any]] = {
    # What a user gets who chooses nothing.
    "default": {},
    # What is known: the worst quarter of the whole generation copies the best.
    "reference": {"exploit": {"truncate": _ALL}, "explore": {"textbook": {"factor": 1.2}}},
    "reference x2": {"exploit": {"truncate": _ALL}, "explore": {"textbook": {"factor": 2.0}}},
    # The strategies to choose from: add a line for each.
    "small steps": {"explore": [{"resample": {"probability": 0.2}}, {"perturb": {"factor": 1.2}}]},
    # The worse half copies the best quarter, and moves less.
    "half": {
        "exploit": {"truncate": {**_ALL, "truncation_quantile": 0.5}},
        "explore": [
            {"resample": {"probability": 0.05, "per_dimension": True}},
            {"perturb": {"factor": 1.2}},
        ],
    },
    "backtrack": {"exploit": {"backtrack": _HALF}},
    "tournament": {"exploit": {"tournament": {"min_forking_population": 4}}},
    "t-test": {"exploit": {"ttest": {"min_forking_population": 4}}},
    "additive": {
        "explore": [{"resample": {"probability": 0.1, "per_dimension": True}}, "additive"]
    },
    "gpbt": {"explore": "gpbt"},
    "pb2": {"explore": "pb2"},
    "pb2mix": {"explore": "pb2mix"},
    "mf": {"exploit": {"mf": {"frequencies": [1, 5]}}},
    "restart": {"exploit": "restart", "explore": "pb2mix"},
    "fire": {"exploit": "fire"},
    # What they have to beat.
    "no explore": {"exploit": {"unvaried": _ALL}},
    "no selection": {"exploit": "self"},
    "random": {"exploit": "none"},
}
"""Settings by name."""

CONTROLS = ("no explore", "no selection", "random")
"""Settings that leave something out, and so are not held against the targets."""

_EXPLOITS = {"none": NoneExploit, "self": SelfExploit, "unvaried": UnvariedExploit}
_EXPLORES = {"textbook": TextbookExplore}


@contextmanager
def registered() -> Iterator[None]:
    """Let configurations find the strategies of this benchmark while the block runs."""
    EXPLOITS.update(_EXPLOITS)
    EXPLORES.update(_EXPLORES)
    try:
        yield
    finally:
        for name in _EXPLOITS:
            EXPLOITS.pop(name, None)
        for name in _EXPLORES:
            EXPLORES.pop(name, None)
