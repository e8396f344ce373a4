"""Tests of strategies as users write them, and as `orion info` shows them."""

from __future__ import annotations

import json

import pytest

from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import EXPLOITS, BacktrackExploit, PipelineExploit, TruncateExploit
from orion_pbt.explore import EXPLORES, PerturbExplore, PipelineExplore, ResampleExplore
from orion_pbt.settings import build, describe

# Those of Oríon's own algorithm, by default.
ORION_EXPLOIT = {
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
}
ORION_EXPLORE = {
    "of_type": "PipelineExplore",
    "explore_configs": [
        {"of_type": "ResampleExplore", "probability": 0.2},
        {"of_type": "PerturbExplore", "factor": 1.2, "volatility": 0.0001},
    ],
}


def exploit(config):
    return build("exploit", EXPLOITS, config)


def explore(config):
    return build("explore", EXPLORES, config)


class TestOrions:
    def test_a_configuration_comes_back_unchanged(self):
        assert describe(exploit(ORION_EXPLOIT)) == ORION_EXPLOIT
        assert describe(explore(ORION_EXPLORE)) == ORION_EXPLORE

    def test_and_means_what_it_says(self):
        assert exploit(ORION_EXPLOIT) == PipelineExploit(
            (BacktrackExploit(5, 0.9, 0.2), TruncateExploit(5, 0.8, 0.2))
        )
        assert explore(ORION_EXPLORE) == PipelineExplore(
            (ResampleExplore(0.2), PerturbExplore(1.2, 0.0001))
        )

    def test_the_users_own_dictionary_is_left_alone(self):
        before = json.dumps(ORION_EXPLOIT)
        exploit(ORION_EXPLOIT)
        assert json.dumps(ORION_EXPLOIT) == before


class TestSpellings:
    @pytest.mark.parametrize(
        "config",
        [
            "truncate",
            "Truncate",
            "TruncateExploit",
            "truncateexploit",
            {"truncate": None},
            {"truncate": {}},
            {"TruncateExploit": {}},
            {"of_type": "truncate"},
            {"of_type": "TruncateExploit"},
        ],
    )
    def test_of_a_strategy_as_it_is(self, config):
        assert exploit(config) == TruncateExploit()

    @pytest.mark.parametrize(
        "config",
        [
            {"perturb": {"factor": 1.5}},
            {"PerturbExplore": {"factor": 1.5}},
            {"of_type": "PerturbExplore", "factor": 1.5},
            {"of_type": "perturb", "factor": 1.5},
        ],
    )
    def test_of_a_strategy_with_options(self, config):
        assert explore(config) == PerturbExplore(1.5)

    @pytest.mark.parametrize(
        "config",
        [
            ["resample", {"perturb": {"factor": 1.5}}],
            ("resample", {"of_type": "PerturbExplore", "factor": 1.5}),
            {"pipeline": {"explore_configs": ["resample", {"perturb": {"factor": 1.5}}]}},
        ],
    )
    def test_of_several_strategies(self, config):
        assert explore(config) == PipelineExplore((ResampleExplore(), PerturbExplore(1.5)))

    def test_of_pipelines_in_pipelines(self):
        nested = explore([["perturb"], "resample"])
        inner = PipelineExplore((PerturbExplore(),))
        assert nested == PipelineExplore((inner, ResampleExplore()))
        assert explore(describe(nested)) == nested

    def test_of_a_pipeline_of_one(self):
        assert exploit({"pipeline": {"exploit_configs": "truncate"}}) == PipelineExploit(
            (TruncateExploit(),)
        )


class TestDescriptions:
    def test_show_all_options(self):
        assert describe(explore("perturb")) == ORION_EXPLORE["explore_configs"][1]

    def test_show_our_own_options_where_they_differ(self):
        assert "max_backtracks" not in describe(exploit("backtrack"))
        config = describe(exploit({"backtrack": {"max_backtracks": 1}}))
        assert config["max_backtracks"] == 1
        assert exploit(config) == BacktrackExploit(max_backtracks=1)

    @pytest.mark.parametrize("name", sorted(EXPLOITS))
    def test_build_the_same_again(self, name):
        options = {"exploit_configs": ["truncate"]} if name == "pipeline" else {}
        rule = exploit({name: options})
        assert exploit(json.loads(json.dumps(describe(rule)))) == rule


class TestErrors:
    @pytest.mark.parametrize(
        ("config", "message"),
        [
            (
                "trunkate",
                "exploit is 'trunkate'.* backtrack, pipeline, truncate. Did you mean 'trunc",
            ),
            ({"of_type": "TruncateExploits"}, "Did you mean 'truncate'"),
            ({"of_type": "BinaryTournament"}, "exploit is 'BinaryTournament'.* Use one of them"),
            ({"of_type": None}, "exploit is 'None'"),
            (
                {"truncate": {"q": 0.8}},
                "option is 'q', but its options are min_forking.* Use one of",
            ),
            ({"truncate": {"trunc_quantile": 1}}, "Did you mean 'truncation_quantile'"),
            ({"truncate": {"exploit_configs": []}}, "option is 'exploit_configs'"),
            ({"truncate": {7: 1}}, "TruncateExploit's option is 7"),
            ({"truncate": {"truncation_quantile": 2}}, "truncation_quantile is 2, but it must be"),
            ("pipeline", "PipelineExploit's exploit_configs is None, but it is required"),
            ({"pipeline": {"exploit_configs": []}}, "it needs at least one rule"),
            ({"pipeline": {"exploit_configs": None}}, "exploit is None"),
            ({"pipeline": {"exploit_configs": [7]}}, "exploit is 7"),
            ({"pipeline": ["truncate"]}, "it must be a strategy's name"),
            ({"truncate": 0.8}, "it must be a strategy's name"),
            ({"truncate": {}, "backtrack": {}}, "it must be a strategy's name"),
            (None, "exploit is None, but it must be a strategy's name"),
            (5, "exploit is 5, but it must be"),
            ("", "exploit is '', but it must be"),
            ([], r"exploit is \[\], but it must be"),
            ({}, "exploit is {}, but it must be"),
            (["truncate", "perturb"], "exploit is 'perturb'"),
        ],
    )
    def test_name_the_setting_its_value_the_rule_and_the_remedy(self, config, message):
        with pytest.raises(ConfigurationError, match=message):
            exploit(config)

    def test_name_what_is_meant_by_its_kind(self):
        with pytest.raises(
            ConfigurationError, match="explore is 'truncate', but the strategies are"
        ):
            explore("truncate")
