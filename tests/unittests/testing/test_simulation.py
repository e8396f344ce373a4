"""Simulated runs: what trials start from, how time passes, that decisions are the real ones."""

from __future__ import annotations

import copy

import pytest
from orion.client import build_experiment

from orion_pbt.algorithms import PBT
from orion_pbt.errors import ConfigurationError
from orion_pbt.population import Status
from orion_pbt.testing.simulation import Pace, simulate

SETTINGS = {"population_size": 4, "generations": 5}


class Trail:
    """A task whose state is a list of all that was done, changed in place; no luck in it."""

    space = {  # noqa: RUF012
        "rate": "uniform(0, 1)",
        "size": "uniform(1, 8, discrete=True)",
        "steps": "fidelity(10, 60, base=1)",
    }

    def begin(self, rng):
        return []

    def train(self, state, params, begin, end, rng):
        assert set(params) == {"rate", "size"}
        state.append((begin, end, dict(params)))
        return state, sum((end - begin) * params["rate"] for begin, end, params in state)


class Lucky(Trail):
    """A task whose score is luck."""

    def train(self, state, params, begin, end, rng):
        return state, rng.random()


def trials(run):
    return {member.key: (member.status, member.objective) for member in run.lineages}


class TestTraining:
    def test_a_trial_goes_on_from_a_copy_of_what_its_parent_left(self):
        run = simulate(Trail(), SETTINGS)
        assert any(member.base is not None for member in run.lineages)
        for member in run.lineages:
            path = [node.item for node in run.lineages.node(member.key).path()]
            levels = [0, 10, 20, 30, 40, 50, 60]
            assert run.states[member.key] == [
                (levels[generation], levels[generation + 1], dict(one.params))
                for generation, one in enumerate(path)
            ]

    def test_the_objective_is_the_score_turned_round(self):
        run = simulate(Trail(), SETTINGS)
        for member in run.lineages:
            done = run.states[member.key]
            score = sum((end - begin) * params["rate"] for begin, end, params in done)
            assert member.objective == -score

    def test_the_winner_is_the_best_of_those_that_went_all_the_way(self):
        run = simulate(Trail(), SETTINGS)
        last = run.lineages.completed_at(5)
        assert len(last) == 4
        assert run.score == max(-member.objective for member in last)
        assert run.winner in last
        assert run.schedule(run.winner.key) == [
            (end, params) for _, end, params in run.states[run.winner.key]
        ]

    def test_a_winner_without_luck_scores_again_what_it_scored(self):
        run = simulate(Trail(), SETTINGS)
        assert run.replay() == run.replay(1) == run.score

    def test_a_lucky_winner_does_not(self):
        run = simulate(Lucky(), SETTINGS)
        again = [run.replay(luck) for luck in range(50)]
        assert len(set(again)) == 50
        assert sum(again) / 50 == pytest.approx(0.5, abs=0.15)
        assert run.replay(3) == again[3]


class TestReproducibility:
    def test_a_seed_makes_the_run(self):
        pace = Pace(workers=3, jitter=0.5, breakage=0.1)
        one, same = (simulate(Lucky(), SETTINGS, 7, pace) for _ in range(2))
        assert trials(one) == trials(same)
        assert one.spans == same.spans
        assert trials(simulate(Lucky(), SETTINGS, 8, pace)) != trials(one)

    def test_decisions_are_those_of_an_experiment(self):
        """The same trials as through Oríon's client and a storage, with one worker."""
        run = simulate(Trail(), SETTINGS, 3, Pace(workers=1))
        client = build_experiment(
            "simulated",
            space=Trail.space,
            algorithm={"pbt": {**SETTINGS, "seed": 3}},
            storage={"type": "legacy", "database": {"type": "ephemeraldb"}},
            max_trials=len(run.lineages),
        )
        states, objectives = {}, {}
        for _ in range(len(run.lineages)):
            trial = client.suggest()
            params = dict(trial.params)
            end = params.pop("steps")
            state = copy.deepcopy(states[trial.parent]) if trial.parent else []
            begin = state[-1][1] if state else 0
            states[trial.id], score = Trail().train(state, params, begin, end, None)
            objectives[trial.id] = -score
            client.observe(trial, -score)
        assert client.is_done
        client.close()
        assert objectives == {member.key: member.objective for member in run.lineages}

    def test_an_algorithm_of_ones_own(self):
        class Small(PBT):
            def __init__(self, space, **settings):
                super().__init__(space, population_size=3, generations=2, **settings)

        run = simulate(Trail(), algorithm=Small)
        assert isinstance(run.algorithm, Small)
        assert run.trained == 3 * 60


class TestTime:
    def test_as_many_workers_as_members_take_as_long_as_one_member(self):
        run = simulate(Trail(), SETTINGS, pace=Pace(workers=4, jitter=0))
        assert run.duration == 60
        assert run.trained == 4 * 60
        assert run.idleness == pytest.approx(0)

    def test_a_single_worker_takes_as_long_as_all_members(self):
        run = simulate(Trail(), SETTINGS, pace=Pace(workers=1, jitter=0))
        assert run.duration == 4 * 60
        assert {span.worker for span in run.spans.values()} == {0}

    def test_a_worker_does_one_trial_at_a_time(self):
        run = simulate(Trail(), SETTINGS, pace=Pace(workers=3, jitter=0.9))
        for worker in range(3):
            spans = sorted(
                (span.begin, span.end) for span in run.spans.values() if span.worker == worker
            )
            assert len(spans) > 2
            assert all(one[1] <= other[0] for one, other in zip(spans, spans[1:]))

    def test_a_trial_begins_after_its_parent_and_its_base_ended(self):
        run = simulate(Trail(), SETTINGS, pace=Pace(workers=4, jitter=0.9))
        ancestors = 0
        for member in run.lineages:
            for key in filter(None, (member.parent, member.base)):
                assert run.spans[key].end <= run.spans[member.key].begin
                ancestors += 1
        assert ancestors > 20

    def test_a_trial_takes_what_its_worker_makes_of_its_length(self):
        pace = Pace(workers=2, jitter=0, speeds=(0.5,))
        run = simulate(Trail(), SETTINGS, pace=pace)
        lengths = {0: {20.0}, 1: {10.0}}
        for worker, expected in lengths.items():
            spans = [span for span in run.spans.values() if span.worker == worker]
            assert {span.end - span.begin for span in spans} == expected

    def test_jitter_stays_inside_its_share(self):
        run = simulate(Trail(), SETTINGS, pace=Pace(workers=4, jitter=0.2))
        lengths = [span.end - span.begin for span in run.spans.values()]
        assert len(set(lengths)) == len(lengths)
        assert 8 <= min(lengths) < 9
        assert 11 < max(lengths) <= 12

    def test_waiting_for_a_slow_worker_is_idle_time(self):
        """With the whole generation waited for, one worker of half the speed halves all."""
        settings = {
            **SETTINGS,
            "exploit": {
                "truncate": {
                    "min_forking_population": 4,
                    "truncation_quantile": 0.75,
                    "candidate_pool_ratio": 0.25,
                }
            },
        }
        run = simulate(Trail(), settings, pace=Pace(workers=4, jitter=0, speeds=(0.5,)))
        assert run.duration == 120
        assert run.idleness == pytest.approx(3 / 8)


class TestBreakage:
    def test_trials_that_break_are_decided_again(self):
        run = simulate(Trail(), SETTINGS, pace=Pace(breakage=0.2))
        broken = [member for member in run.lineages if member.status is Status.BROKEN]
        assert broken
        assert run.algorithm.is_done
        assert not {member.key for member in broken} & set(run.states)
        assert len(run.lineages.completed_at(5)) == 4
        assert run.trained == 4 * 60 + 10 * len(broken)

    def test_a_population_that_was_given_up_still_has_a_winner(self):
        """The generation that was reached counts, even if it is not the last."""
        runs = [simulate(Trail(), SETTINGS, seed, Pace(breakage=0.75)) for seed in range(20)]
        reached = [run for run in runs if run.lineages.count_at(0) and not run.lineages.count_at(5)]
        assert reached
        for run in reached:
            counts = [run.lineages.count_at(generation) for generation in range(6)]
            assert run.winner.generation == max(g for g in range(6) if counts[g])

    def test_without_any_score_there_is_no_winner(self):
        run = simulate(Trail(), SETTINGS, pace=Pace(breakage=0.999))
        assert len(run.lineages) > 4
        with pytest.raises(ValueError, match="No trial was completed"):
            _ = run.winner


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("workers", 0),
        ("jitter", 1),
        ("jitter", -0.1),
        ("breakage", 1),
        ("speeds", (1.0, 0.0)),
        ("speeds", (1.0,) * 9),
    ],
)
def test_a_pace_that_cannot_be(setting, value):
    with pytest.raises(ConfigurationError, match=f"{setting} is "):
        Pace(**{setting: value})
