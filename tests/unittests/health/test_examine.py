"""How well a population searches: each question on populations made for it."""

from __future__ import annotations

import math

import numpy
import pytest
import scipy.stats

from orion_pbt.engine import Engine
from orion_pbt.exploit import TruncateExploit
from orion_pbt.explore import PerturbExplore
from orion_pbt.health import examine
from orion_pbt.health.ancestry import examine_ancestry
from orion_pbt.health.bounds import examine_bounds
from orion_pbt.health.copies import examine_copies
from orion_pbt.health.diversity import examine_diversity
from orion_pbt.health.interval import _spearman, examine_interval
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Categorical, Integer, Real, Space

SPACE = Space(
    [
        Real("/lr", low=1e-4, high=1, log=True),
        Integer("/layers", low=1, high=8),
        Categorical("/kind", choices=("a", "b", "c", "d")),
    ]
)
POINT = {"/lr": 1e-2, "/layers": 4, "/kind": "a"}


def anyone(fork):
    return True


def generation(lineages, number, scores, parents=None, bases=None, **params):
    """Add a generation whose members are named by place; params are lists by name."""
    for place, score in enumerate(scores):
        parent = None if number == 0 else f"{number - 1}.{(parents or range(99))[place]}"
        base = None if not bases or bases[place] is None else f"{number - 1}.{bases[place]}"
        point = {**POINT, **{f"/{name}": values[place] for name, values in params.items()}}
        member = Member(f"{number}.{place}", point, number, parent, base)
        lineages.add(member)
        lineages.complete(member.key, score)
    return lineages


class TestAncestry:
    def test_a_takeover_at_once_is_too_greedy(self):
        lineages = generation(Lineages(), 0, [1, 2, 3, 4])
        generation(lineages, 1, [1, 2, 3, 4], [0, 0, 0, 0], [None, 1, 2, 3])
        finding = examine_ancestry(lineages, 20)
        assert (finding.is_fine, finding.value) == (False, 1)
        assert finding.found == "all of generation 1 of 20 descend from one root"

    def test_a_late_one_is_what_selection_is_for(self):
        lineages = generation(Lineages(), 0, [1, 2])
        generation(lineages, 1, [1, 2], [0, 1])
        generation(lineages, 2, [1, 2], [0, 0], [None, 1])
        assert examine_ancestry(lineages, 4).is_fine is True

    def test_several_ancestors_are_counted(self):
        lineages = generation(Lineages(), 0, [1, 2, 3])
        generation(lineages, 1, [1, 2, 3], [0, 1, 1], [None, None, 2])
        assert examine_ancestry(lineages, 4).value == 2

    def test_nothing_says_nothing(self):
        assert examine_ancestry(Lineages(), 4).is_fine is None


class TestBounds:
    def test_half_of_the_last_generation_at_a_bound_is_told(self):
        lineages = generation(Lineages(), 0, [1] * 4, lr=[1e-4, 1.02e-4, 1e-2, 1e-2])
        finding = examine_bounds(lineages, SPACE, SPACE)
        assert (finding.is_fine, finding.value) == (False, 0.5)
        assert finding.found == "50% have lr at 0.0001"
        assert finding.remedy.startswith("widen the search space there, if")

    def test_a_bound_of_what_may_be_varied_is_one(self):
        mutation = Space([Real("/lr", low=1e-3, high=1e-2, log=True), SPACE["/layers"]])
        lineages = generation(
            Lineages(), 0, [1] * 4, lr=[1e-2, 9.99e-3, 1e-4, 1], layers=[8, 8, 8, 7]
        )
        finding = examine_bounds(lineages, SPACE, mutation)
        assert finding.found == "50% have lr at 0.01, 75% have layers at 8"
        assert finding.remedy == (
            "widen the setting `mutation` there and widen the search space there, if other values "
            "make sense"
        )
        assert examine_bounds(lineages, Space([SPACE["/lr"]]), SPACE).is_fine is True

    def test_what_is_outside_of_what_may_be_varied_is_at_no_bound(self):
        space = Space([Real("/lr", low=-1, high=1)])
        mutation = Space([Real("/lr", low=1e-3, high=1, log=True)])
        lineages = generation(Lineages(), 0, [1] * 4, lr=[-1.0, -1.0, 0.0, 1.0])
        assert examine_bounds(lineages, space, mutation).is_fine is True

    def test_near_is_near_on_the_priors_scale(self):
        lineages = generation(Lineages(), 0, [1] * 4, lr=[1e-3] * 4)  # 0.1 % of a linear width
        assert examine_bounds(lineages, SPACE, SPACE).is_fine is True

    def test_whole_numbers_have_to_be_at_it(self):
        lineages = generation(Lineages(), 0, [1] * 4, layers=[8, 8, 8, 7])
        assert examine_bounds(lineages, SPACE, SPACE).found == "75% have layers at 8"

    def test_what_was_there_before_does_not_count(self):
        lineages = generation(Lineages(), 0, [1] * 4, lr=[1e-4] * 4)
        generation(lineages, 1, [1] * 4, lr=[1e-2] * 4)
        assert examine_bounds(lineages, SPACE, SPACE).is_fine is True

    def test_elements_of_a_shape_count_each(self):
        space = Space([Real("/x", (2,), low=0, high=1)])
        lineages = Lineages()
        for place in range(4):
            lineages.add(Member(str(place), {"/x": [0.0, 0.5]}))
            lineages.complete(str(place), 1.0)
        assert examine_bounds(lineages, space, space).value == 0.5

    def test_few_members_say_nothing(self):
        assert examine_bounds(generation(Lineages(), 0, [1, 2]), SPACE, SPACE).is_fine is None


class TestDiversity:
    @pytest.mark.parametrize(("after", "is_fine"), [([1e-2] * 4, False), ([1e-3, 1e-1] * 2, True)])
    def test_the_last_generation_is_compared_with_the_first(self, after, is_fine):
        lineages = generation(Lineages(), 0, [1] * 4, lr=[1e-4, 1e-3, 1e-1, 1])
        generation(lineages, 1, [1] * 4, lr=after)
        finding = examine_diversity(lineages, Space([SPACE["/lr"]]))
        assert finding.is_fine is is_fine
        expected = numpy.std(numpy.log(after)) / numpy.std(numpy.log([1e-4, 1e-3, 1e-1, 1]))
        assert finding.value == pytest.approx(expected)

    def test_choices_have_an_entropy(self):
        lineages = generation(Lineages(), 0, [1] * 4, kind=["a", "b", "c", "d"])
        generation(lineages, 1, [1] * 4, kind=["a", "a", "b", "b"])
        finding = examine_diversity(lineages, Space([SPACE["/kind"]]))
        assert finding.value == pytest.approx(math.log(2) / math.log(4))

    def test_one_generation_says_nothing(self):
        lineages = generation(Lineages(), 0, [1] * 4)
        assert examine_diversity(lineages, SPACE).is_fine is None


class TestCopies:
    def population(self, after):
        lineages = generation(Lineages(), 0, range(16))
        parents, bases = [*range(8), *[0] * 8], [*[None] * 8, *range(8, 16)]
        return generation(lineages, 1, [*range(8), *after], parents, bases)

    def test_copies_that_rank_better_than_who_was_replaced_helped(self):
        finding = examine_copies(self.population([0.5] * 8), anyone)
        assert (finding.is_fine, finding.value) == (True, 1.0)

    def test_copies_that_do_not_are_told(self):
        finding = examine_copies(self.population(range(8, 16)), anyone)
        assert (finding.is_fine, finding.value) == (False, 0.0)
        assert finding.found == "0 of 8 copies rank better than whom they replaced"

    def test_few_say_nothing(self):
        assert examine_copies(generation(Lineages(), 0, range(16)), anyone).is_fine is None

    def test_copies_that_were_not_meant_to_do_not_count(self):
        bad = self.population(range(8, 16))
        assert examine_copies(bad, lambda fork: fork.base != "0.8").found == (
            "only 7 copies to judge by"
        )


class TestInterval:
    @pytest.mark.parametrize(
        ("after", "is_fine", "value"),
        [
            ([1, 2, 3, 4, 5], True, 1.0),
            ([5, 4, 3, 2, 1], False, -1.0),
            ([1, 5, 2, 4, 3], False, 0.3),
        ],
    )
    def test_an_order_that_does_not_last_is_told(self, after, is_fine, value):
        lineages = generation(Lineages(), 0, [1, 2, 3, 4, 5])
        finding = examine_interval(generation(lineages, 1, after))
        assert finding.value == pytest.approx(value)
        assert finding.is_fine is (is_fine or finding.value >= 0.3)

    def test_forks_do_not_count(self):
        lineages = generation(Lineages(), 0, [1, 2, 3, 4])
        generation(lineages, 1, [1, 2, 3, 4], [0, 1, 2, 0], [None, None, None, 3])
        assert examine_interval(lineages).is_fine is None

    def test_equal_scores_say_nothing(self):
        lineages = generation(Lineages(), 0, [1, 1, 1, 1])
        assert examine_interval(generation(lineages, 1, [1, 2, 3, 4])).is_fine is None

    def test_the_correlation_is_spearmans_with_ties_and_infinite_scores(self):
        rng = numpy.random.default_rng(1)
        for _ in range(20):
            scores = rng.integers(4, size=(12, 2)).astype(float)
            scores[0, 0] = math.inf
            expected = scipy.stats.spearmanr(scores[:, 0], scores[:, 1]).statistic
            assert _spearman(scores) == pytest.approx(expected)


def test_any_population_can_be_examined_at_any_time():
    engine = Engine(SPACE, 6, 6, TruncateExploit(4, 0.6, 0.25), PerturbExplore(), seed="1")
    rng = numpy.random.default_rng(1)
    while not engine.is_done:
        for member in engine.ask(3):
            if rng.random() < 0.1:
                engine.fail(member.key)
            else:
                engine.tell(member.key, float(rng.choice([rng.normal(), math.inf, math.nan])))
        findings = examine(engine.lineages, SPACE, 6, SPACE, anyone)
        assert len({finding.question for finding in findings}) == 5
        assert all(bool(finding.remedy) is (finding.is_fine is False) for finding in findings)
