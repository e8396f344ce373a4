"""Wrappers copy nothing for our algorithm and are as they were for others."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest


def test_the_state_is_plain_and_small(make_client: Callable[..., Any]) -> None:
    algorithm = make_client(population_size=8, generations=2).algorithm
    while not algorithm.is_done:
        for trial in algorithm.suggest(3):
            trial.status = "completed"
            trial.results = [trial.Result(name="objective", type="objective", value=1.0)]
            algorithm.observe([trial])
    text = json.dumps(algorithm.state_dict)
    assert len(text) / 24 < 300


def test_an_empty_suggestion_is_no_warning(
    make_client: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    algorithm = make_client().algorithm
    calls = 0
    own = algorithm.unwrapped.suggest

    def counted(num: int) -> Any:
        nonlocal calls
        calls += 1
        return own(num)

    algorithm.unwrapped.suggest = counted
    assert len(algorithm.suggest(5)) == 2
    with caplog.at_level(logging.WARNING):
        assert algorithm.suggest(5) == []
    assert calls == 2
    assert caplog.records == []


def test_trials_are_known_through_the_wrappers(make_client: Callable[..., Any]) -> None:
    algorithm = make_client().algorithm
    (trial,) = algorithm.suggest(1)
    assert algorithm.has_suggested(trial)
    assert algorithm.n_suggested == algorithm.unwrapped.n_suggested == 1
    assert algorithm.registry is algorithm.unwrapped.registry


def test_other_algorithms_keep_their_wrappers(make_client: Callable[..., Any]) -> None:
    algorithm = make_client({"random": {"seed": 1}}).algorithm
    trials = algorithm.suggest(2)
    assert len(trials) == 2
    assert algorithm.registry is not algorithm.unwrapped.registry
    assert "registry_mapping" in algorithm.state_dict["algorithm"]
