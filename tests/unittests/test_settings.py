"""Tests of strategies as users write them, and as `orion info` shows them."""

from __future__ import annotations

import json
import sys

import pytest
from orion.core.io.resolve_config import merge_configs

from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import (
    EXPLOITS,
    BacktrackExploit,
    PipelineExploit,
    TruncateExploit,
    UserExploit,
)
from orion_pbt.explore import (
    EXPLORES,
    ByNameExplore,
    ConstrainedExplore,
    PerturbExplore,
    PipelineExplore,
    ResampleExplore,
    UserExplore,
)
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

    @pytest.mark.parametrize(
        "config",
        [
            {"by_name": {"explores": {"lr": "perturb"}, "default": ["resample", "perturb"]}},
            {"ByNameExplore": {"explores": {"lr": "perturb"}, "default": ["resample", "perturb"]}},
            {"byname": {"explores": [{"lr": "perturb"}], "default": ["resample", "perturb"]}},
        ],
    )
    def test_of_strategies_by_name(self, config):
        default = (ResampleExplore(), PerturbExplore())
        assert explore(config) == ByNameExplore({"lr": PerturbExplore()}, default)

    def test_of_a_strategy_inside_another(self):
        for inner in ("resample", ["resample"], [{"of_type": "ResampleExplore"}]):
            config = {"constrained": {"explore_configs": inner, "constraints": "lr < 1"}}
            assert explore(config) == ConstrainedExplore((ResampleExplore(),), ("lr < 1",))

    def test_of_a_function_of_the_users(self, tmp_path, monkeypatch):
        (tmp_path / "functions_of_a_test.py").write_text("def f(): return {}\n")
        monkeypatch.chdir(tmp_path)
        name = "functions_of_a_test:f"
        path = list(sys.path)
        for config in (name, {"user": {"function": name}}):
            assert explore(config) == UserExplore(name)
            assert exploit(config) == UserExploit(name)
        assert explore([name, "perturb"]) == PipelineExplore((UserExplore(name), PerturbExplore()))
        assert describe(explore(name)) == {"of_type": "UserExplore", "function": name}
        assert sys.path == path

    def test_of_pipelines_in_pipelines(self):
        nested = explore([["perturb"], "resample"])
        inner = PipelineExplore((PerturbExplore(),))
        assert nested == PipelineExplore((inner, ResampleExplore()))
        assert explore(describe(nested)) == nested

    def test_of_a_pipeline_of_one(self):
        assert exploit({"pipeline": {"exploit_configs": "truncate"}}) == PipelineExploit(
            (TruncateExploit(),)
        )


class TestMerged:
    """Oríon merges what the user writes into what an experiment was begun with."""

    @pytest.mark.parametrize(
        "config",
        [
            "truncate",
            {"truncate": {"truncation_quantile": 0.7}},
            {"TruncateExploit": {"min_forking_population": 3, "candidate_pool_ratio": 0.4}},
            {"of_type": "TruncateExploit", "truncation_quantile": 0.7},
            {"truncate": None},
            [{"backtrack": {"max_backtracks": 1}}, "truncate"],
            {"pipeline": {"exploit_configs": ["truncate"]}},
        ],
    )
    def test_what_is_written_again_means_the_same(self, config):
        stored = {"exploit": describe(exploit(config))}
        assert exploit(merge_configs(stored, {"exploit": config})["exploit"]) == exploit(config)

    def test_what_is_written_last_counts(self):
        for config in ({"truncate": {"truncation_quantile": 0.6}}, {"backtrack": {}}, "tournament"):
            stored = {"exploit": describe(exploit("truncate"))}
            merged = merge_configs(stored, {"exploit": config})["exploit"]
            assert exploit(merged) == exploit(config)

    def test_two_of_them_are_too_many(self):
        stored = describe(exploit("truncate"))
        with pytest.raises(ConfigurationError, match="option is 'backtrack', but its options are"):
            exploit({**stored, "backtrack": {}, "truncate": {}})


class TestDescriptions:
    def test_show_all_options(self):
        assert describe(explore("perturb")) == ORION_EXPLORE["explore_configs"][1]

    def test_show_our_own_options_where_they_differ(self):
        assert "max_backtracks" not in describe(exploit("backtrack"))
        config = describe(exploit({"backtrack": {"max_backtracks": 1}}))
        assert config["max_backtracks"] == 1
        assert exploit(config) == BacktrackExploit(max_backtracks=1)

    def test_leave_out_our_own_options_at_their_default(self):
        assert describe(explore("resample")) == ORION_EXPLORE["explore_configs"][0]
        config = {"of_type": "PerturbExplore", "factor": 1.2, "volatility": 0.0001, "scale": "odds"}
        assert describe(explore({"perturb": {"scale": "odds"}})) == config

    def test_of_operators_inside_others(self):
        config = {
            "of_type": "ConstrainedExplore",
            "explore_configs": [
                {
                    "of_type": "ByNameExplore",
                    "explores": [{"/lr": ORION_EXPLORE["explore_configs"][1]}],
                    "default": ORION_EXPLORE["explore_configs"],
                }
            ],
            "constraints": ["lr < 1", "lr > 0"],
            "attempts": 10,
        }
        assert describe(explore(config)) == config
        assert explore(config) == ConstrainedExplore(
            (ByNameExplore({"/lr": PerturbExplore()}, (ResampleExplore(), PerturbExplore())),),
            ("lr < 1", "lr > 0"),
        )


class TestErrors:
    @pytest.mark.parametrize(
        ("config", "message"),
        [
            (
                "trunkate",
                "exploit is 'trunkate'.* pipeline, .*, user. Did you mean 'truncate'",
            ),
            ({"of_type": "TruncateExploits"}, "Did you mean 'truncate'"),
            ({"of_type": "BinaryTournament"}, "exploit is 'Binary.* Did you mean 'tournament'"),
            ({"of_type": "Annealing"}, "exploit is 'Annealing'.* Use one of them"),
            ("no_such_module_of_mine:f", "UserExploit.function is .* importing no_such_module"),
            ({"user": {}}, "UserExploit's function is None, but it is required"),
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

    @pytest.mark.parametrize(
        ("config", "message"),
        [
            ({"by_name": {}}, "ByNameExplore's explores is None, but it is required"),
            ({"by_name": {"explores": ["perturb"]}}, "explores is .*, but it goes by hyperparam"),
            ({"by_name": {"explores": {"lr": "pertrub"}}}, "Did you mean 'perturb'"),
            ({"by_name": {"lr": "perturb"}}, "option is 'lr', but its options are explores, def"),
            ({"constrained": {"explore_configs": "perturb"}}, "Explore's constraints is None"),
            ({"constrained": {"constraints": "x < 1"}}, "'s explore_configs is None, but it is"),
        ],
    )
    def test_of_strategies_that_hold_others(self, config, message):
        with pytest.raises(ConfigurationError, match=message):
            explore(config)

    def test_name_what_is_meant_by_its_kind(self):
        with pytest.raises(
            ConfigurationError, match="explore is 'truncate', but the strategies are"
        ):
            explore("truncate")
