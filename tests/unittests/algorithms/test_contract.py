"""Oríon's own contract suite for algorithms, passed by ours."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from orion.algo.base import algo_factory
from orion.benchmark.task.branin import Branin
from orion.core.utils import backward
from orion.testing.algo import BaseAlgoTests, TestPhase, first_phase_only, last_phase_only

from orion_pbt.algorithms import PBT

POPULATION = 10

# A configuration as Oríon's users write it; the suite checks that it comes back as it was.
ORION_CONFIG: dict[str, Any] = {
    "seed": 123456,
    "population_size": POPULATION,
    "generations": 5,
    "exploit": {
        "of_type": "PipelineExploit",
        "exploit_configs": [
            {
                "of_type": "BacktrackExploit",
                "min_forking_population": 5,
                "truncation_quantile": 0.9,
                "candidate_pool_ratio": 0.2,
            },
            {
                "of_type": "TruncateExploit",
                "min_forking_population": 5,
                "truncation_quantile": 0.8,
                "candidate_pool_ratio": 0.2,
            },
        ],
    },
    "explore": {
        "of_type": "PipelineExplore",
        "explore_configs": [
            {"of_type": "ResampleExplore", "probability": 0.2},
            {"of_type": "PerturbExplore", "factor": 1.2, "volatility": 0.0001},
        ],
    },
    "fork_timeout": 5,
}


class TestPBT(BaseAlgoTests):  # type: ignore[misc]
    algo_name: ClassVar[str] = "pbt"
    config: ClassVar[dict[str, Any]] = ORION_CONFIG
    space: ClassVar[dict[str, str]] = {
        "x": "uniform(0, 1)",
        "y": "uniform(0, 1)",
        "f": "fidelity(1, 10, base=1)",
    }
    max_trials: ClassVar[int] = 40
    phases: ClassVar[Any] = [
        TestPhase("sampling", 0, "space.sample"),
        TestPhase("branching", POPULATION, "suggest"),
        TestPhase("third generation", 2 * POPULATION, "suggest"),
    ]

    @classmethod
    def get_num(cls, num: int) -> int:
        return min(num, 5)

    def test_it_is_ours(self) -> None:
        assert algo_factory.get_class("pbt") is PBT
        assert isinstance(self.create_algo().unwrapped, PBT)

    @pytest.mark.parametrize("kind", ["int", "cat"])
    def test_suggested_values_have_their_type(self, kind: str) -> None:
        priors = {"int": "uniform(0, 5000, discrete=True)", "cat": "choices(['a', 0.2, 1, None])"}
        algo = self.create_algo(space=self.create_space({**self.space, "x": priors[kind]}))
        values = [trial.params["x"] for trial in algo.suggest(5)]
        kinds = {"int": (int,), "cat": (str, float, int, type(None))}
        assert all(isinstance(value, kinds[kind]) for value in values)

    def test_suggest_n(self) -> None:
        # A whole population minus those that wait for their peers; a free worker gets a trial.
        algo = self.create_algo()
        assert len(algo.suggest(5)) == 5

    @last_phase_only
    def test_is_done_max_trials(self) -> None:
        """As for all algorithms with a fidelity, only trials at the full one count."""
        algo = self.create_algo()
        algo.max_trials = 3
        self.force_observe(1000, algo)
        assert algo.is_done
        assert 3 <= algo.unwrapped.lineages.count_at(5) < POPULATION

    @first_phase_only
    def test_is_done_cardinality(self) -> None:
        """A population larger than the space is refused, instead of ending early."""
        small = self.create_space({"x": "uniform(0, 1, discrete=True)", "f": "fidelity(1, 10)"})
        with pytest.raises(ValueError, match="only 2 points"):
            self.create_algo(space=small)

    @first_phase_only
    def test_optimize_branin(self) -> None:
        """The Branin task of the suite, with the fidelity that population based training needs."""
        task = Branin()
        space = self.create_space({**task.get_search_space(), "f": "fidelity(1, 10, base=1)"})
        algo = self.create_algo(space=space)
        best = float("inf")
        while not algo.is_done:
            trials = algo.suggest(5)
            results = [{"objective": task(x=trial.params["x"])[0]["value"]} for trial in trials]
            best = min([best, *(result["objective"] for result in results)])
            backward.algo_observe(algo, trials, results)
        assert best <= 10
