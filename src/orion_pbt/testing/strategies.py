"""Contract suites for exploit rules and explore operators, and awkward populations to try them on.

Derive your tests from `ExploitContract` or `ExploreContract` and give them a fixture::

    class TestMyRule(ExploitContract):
        @pytest.fixture
        def exploit(self):
            return MyRule()

    class TestMyOperator(ExploreContract):
        @pytest.fixture
        def explore(self):
            return MyOperator()

The class has to be in a module that another process can import, as it has to be under Oríon.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Callable

import numpy
import pytest

from orion_pbt import settings
from orion_pbt.engine import Engine, generator
from orion_pbt.errors import ConfigurationError
from orion_pbt.exploit import EXPLOITS, CopyFrom, Decision, Exploit, Keep, TruncateExploit, Wait
from orion_pbt.explore import EXPLORES, Explore, Fork, PerturbExplore
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status, is_rankable
from orion_pbt.space import Categorical, Dimension, Integer, Params, Real, Space, Value

SIZE = 8
"""Members of each whole generation of `POPULATIONS`."""


def _normal(rng: numpy.random.Generator) -> float:
    return float(5 * rng.normal())


SPACE = Space(
    [
        Real("lr", low=1e-5, high=1.0, log=True, precision=4),
        Real("momentum", low=0.0, high=1.0),
        Real("weights", (2,), low=-1.0, high=1.0),
        Real("shift", (), _normal, spread=25.0),
        Integer("layers", low=1.0, high=8.0),
        Integer("units", low=4.0, high=512.0, log=True),
        Categorical("batch", choices=(16, 32, 64, 128)),
        Categorical("act", choices=("relu", None, (1, 2)), probabilities=(0.5, 0.25, 0.25)),
    ]
)
"""Hyperparameters of all kinds."""


def roots(objectives: Iterable[float], space: Space = SPACE) -> Lineages:
    """Return completed roots with these objectives."""
    lineages = Lineages()
    for number, objective in enumerate(objectives):
        params = space.sample(numpy.random.default_rng(number))
        lineages.add(Member(f"root {number}", params))
        lineages.complete(f"root {number}", objective)
    return lineages


def lines(objectives: Iterable[Iterable[float]], space: Space = SPACE) -> Lineages:
    """Return lines that never copied anything, with the objectives of their generations."""
    lineages = Lineages()
    table = [list(line) for line in objectives]
    for generation in range(max(map(len, table))):
        for number, line in enumerate(table):
            if generation < len(line):
                params = space.sample(numpy.random.default_rng(number))
                parent = f"{number}.{generation - 1}" if generation else None
                lineages.add(Member(f"{number}.{generation}", params, generation, parent))
                lineages.complete(f"{number}.{generation}", line[generation])
    return lineages


def play(seed: int, trials: int, space: Space = SPACE) -> Lineages:
    """Return what came of some trials: with jumps, ties, NaN, and members that broke or run."""
    rule = TruncateExploit(SIZE // 2, 0.75, 0.25)
    engine = Engine(space, SIZE, 4, rule, PerturbExplore(), str(seed))
    rng = numpy.random.default_rng(seed)
    running: list[Member] = []
    for _ in range(trials):
        running += engine.ask(4 - len(running))
        if not running:
            break
        member = running.pop(int(rng.integers(len(running))))
        if rng.random() < 0.15:
            engine.fail(member.key)
        else:
            drawn = [float(rng.normal()), float(rng.normal()), 1.0, math.nan, math.inf, 1e308]
            engine.tell(member.key, drawn[int(rng.integers(len(drawn)))])
    return engine.lineages


def _unfinished(space: Space) -> Lineages:
    lineages = roots([2.0, math.nan, 1.0, math.inf, 3.0], space)
    for key in ("broken", "pending"):
        lineages.add(Member(key, space.sample(numpy.random.default_rng(0))))
    lineages.break_("broken")
    return lineages


def _raised(space: Space) -> Lineages:
    lineages = lines([_noise(number, 4) for number in range(SIZE)], space)
    lineages.archive(3)
    return lineages


def _noise(number: int, length: int) -> list[float]:
    rng = numpy.random.default_rng(number)
    return [number + float(rng.normal()) - generation for generation in range(length)]


Make = Callable[[Space], Lineages]

GENERATIONS: dict[str, Make] = {
    "distinct": lambda space: roots(map(float, range(SIZE)), space),
    "ties": lambda space: roots([1.0] * SIZE, space),
    "all NaN": lambda space: roots([math.nan] * SIZE, space),
    "all infinite": lambda space: roots([math.inf, -math.inf] * (SIZE // 2), space),
    "huge": lambda space: roots([1e308, -1e308] * (SIZE // 2), space),
    "half NaN": lambda space: roots([math.nan, 0.0] * (SIZE // 2), space),
}
"""Whole first generations, by name: there is nobody to wait for."""

POPULATIONS: dict[str, Make] = {
    **GENERATIONS,
    "a single member": lambda space: roots([1.0], space),
    "two members": lambda space: roots([1.0, 0.0], space),
    "unfinished": _unfinished,
    "constant lines": lambda space: lines([[float(i % 3)] * 12 for i in range(SIZE)], space),
    "huge lines": lambda space: lines([[1e308, -1e308] * 3 for _ in range(SIZE)], space),
    "NaN in lines": lambda space: lines([[1.0, math.nan, i + 0.5] for i in range(SIZE)], space),
    "noisy lines": lambda space: lines([_noise(i, 12) for i in range(SIZE)], space),
    "raised": _raised,
    "some trials": lambda space: play(1, 30, space),
    "many trials": lambda space: play(2, 400, space),
}
"""Populations that a strategy has to live with, by name."""


def decisions(exploit: Exploit, times: int = 1) -> Iterator[tuple[Lineages, Member, Decision]]:
    """Yield what a rule decides about each completed member of each population.

    It may be asked several times in a row.
    """
    for name, make in POPULATIONS.items():
        lineages = make(SPACE)
        for member in _present(lineages):
            for attempt in (attempt for attempt in range(3) for _ in range(times)):
                rng = generator("contract", name, member.key, attempt)
                yield lineages, member, exploit(rng, member, lineages)


def make_fork(params: Params, donor: Params | None = None) -> Fork:
    """Return a fork of a member with these hyperparameters that copies another root."""
    lineages = Lineages()
    lineages.add(Member("member", dict(params)))
    lineages.add(Member("donor", dict(params if donor is None else donor)))
    return Fork(lineages.complete("member", 2.0), lineages.complete("donor", 1.0), lineages)


def forks(space: Space) -> Iterator[tuple[str, Fork]]:
    """Yield forks of the members of each population, among them some that copy themselves."""
    for name, make in POPULATIONS.items():
        lineages = make(space)
        members = _present(lineages)
        donors = [member for member in members if is_rankable(member)]
        for number, member in enumerate(members[:: max(1, len(members) // 6)] if donors else ()):
            donor = donors[number % len(donors)]
            yield f"{name} {number}", Fork(member, donor, lineages)
            yield f"{name} {number} itself", Fork(member, member, lineages)


def variations(
    explore: Explore, space: Space, times: int = 1
) -> Iterator[tuple[Fork, dict[str, Value]]]:
    """Yield what an operator makes of each fork; it may be asked several times in a row."""
    for name, fork in forks(space):
        for _ in range(times):
            rng = generator("contract", name)
            yield fork, explore(rng, space, dict(fork.donor.params), fork)


def check_value(dimension: Dimension, value: Value) -> None:
    """Assert that a value has the shape and type of its dimension, and is inside its bounds."""
    elements = dimension.elements(value)
    assert len(elements) == math.prod(dimension.shape), f"{dimension.name} has another shape"
    for element in elements:
        _check_element(dimension, element)


def _check_element(dimension: Dimension, element: Value) -> None:
    if isinstance(dimension, Categorical):
        same = [choice for choice in dimension.choices if repr(choice) == repr(element)]
        assert same, f"{dimension.name} = {element!r} is no choice"
    else:
        assert isinstance(dimension, (Real, Integer))
        kind = int if isinstance(dimension, Integer) else float
        assert type(element) is kind, f"{dimension.name} = {element!r} is no {kind.__name__}"
        assert dimension.low <= element <= dimension.high, f"{dimension.name} = {element!r}"


class _StrategyContract:
    """What exploit rules and explore operators have in common."""

    kind: str
    table: dict[str, Any]

    def check_is_plain(self, strategy: Any) -> None:
        assert dataclasses.is_dataclass(strategy), "a strategy is a dataclass of its settings"
        field = next(iter(dataclasses.fields(strategy)), None)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(strategy, field.name if field else "setting", None)
        assert pickle.loads(pickle.dumps(strategy)) == strategy  # noqa: S301  # made here

    def check_is_built_again(self, strategy: Any) -> None:
        own = type(strategy).__name__.lower()
        own = own[: -len(self.kind)] if own.endswith(self.kind) else own
        config = json.loads(json.dumps(settings.describe(strategy)))
        for option, value in config.items():
            # Oríon's databases mix up keys with dots, and equal keys in each other.
            assert not isinstance(value, dict), f"option {option} is a mapping; take a list of them"
        assert settings.build(self.kind, {**self.table, own: type(strategy)}, config) == strategy


class ExploitContract(_StrategyContract):
    """What every exploit rule does."""

    kind = "exploit"
    table = EXPLOITS

    @pytest.fixture
    def exploit(self) -> Exploit:
        """Return a rule for populations of `SIZE` members; override this."""
        raise NotImplementedError("Give your test class a fixture named exploit.")

    def test_is_a_frozen_dataclass_that_can_be_pickled(self, exploit: Exploit) -> None:
        self.check_is_plain(exploit)

    def test_is_built_again_from_its_description(self, exploit: Exploit) -> None:
        self.check_is_built_again(exploit)

    def test_decides_with_decisions_and_says_what_it_waits_for(self, exploit: Exploit) -> None:
        for _, _, decision in decisions(exploit):
            assert isinstance(decision, (Keep, CopyFrom, Wait))
            assert not isinstance(decision, Wait) or decision.reason

    def test_copies_only_who_is_there_to_be_copied(self, exploit: Exploit) -> None:
        for lineages, member, decision in decisions(exploit):
            if isinstance(decision, CopyFrom):
                donor = lineages[decision.key]
                assert donor.status is Status.COMPLETED
                assert is_rankable(donor) or donor is member, "NaN is not worth a copy"
                assert not lineages.is_archived(donor.key), "what it left may be gone"
                assert donor.generation <= member.generation, "it trained longer"
                if decision.params_of is not None:
                    assert lineages[decision.params_of].status is Status.COMPLETED

    def test_decides_the_same_again(self, exploit: Exploit) -> None:
        twice = [decision for decision in decided(exploit) for _ in range(2)]
        assert decided(exploit, 2) == twice

    def test_decides_the_same_in_another_process(self, exploit: Exploit) -> None:
        assert _elsewhere(decided, exploit) == decided(exploit)

    def test_changes_nothing(self, exploit: Exploit) -> None:
        rule = repr(exploit)
        for make in POPULATIONS.values():
            lineages = make(SPACE)
            before = _picture(lineages)
            for member in _present(lineages):
                exploit(generator("contract"), member, lineages)
            assert _picture(lineages) == before
        assert repr(exploit) == rule

    @pytest.mark.parametrize("population", sorted(GENERATIONS))
    def test_does_not_wait_where_there_is_nobody_to_wait_for(
        self, exploit: Exploit, population: str
    ) -> None:
        exploit.check(SIZE)
        lineages = GENERATIONS[population](SPACE)
        for member in lineages:
            assert not isinstance(exploit(generator("contract"), member, lineages), Wait)

    def test_refuses_a_population_in_which_it_would_wait_for_ever(self, exploit: Exploit) -> None:
        lineages = roots([1.0, 0.0])
        decided = [exploit(generator("contract"), member, lineages) for member in lineages]
        if any(isinstance(decision, Wait) for decision in decided):
            with pytest.raises(ConfigurationError):
                exploit.check(len(lineages))


class ExploreContract(_StrategyContract):
    """What every explore operator does."""

    kind = "explore"
    table = EXPLORES

    @pytest.fixture
    def explore(self) -> Explore:
        """Return an operator; override this."""
        raise NotImplementedError("Give your test class a fixture named explore.")

    @pytest.fixture
    def space(self) -> Space:
        """Return the space that it works in; override this where it does not in any."""
        return SPACE

    def test_is_a_frozen_dataclass_that_can_be_pickled(self, explore: Explore) -> None:
        self.check_is_plain(explore)

    def test_is_built_again_from_its_description(self, explore: Explore) -> None:
        self.check_is_built_again(explore)

    def test_accepts_its_space(self, explore: Explore, space: Space) -> None:
        explore.check(space)

    def test_names_types_and_bounds_are_those_of_the_space(
        self, explore: Explore, space: Space
    ) -> None:
        for _, new in variations(explore, space):
            assert sorted(new) == sorted(space)
            for name, dimension in space.items():
                check_value(dimension, new[name])
            code = json.loads(json.dumps(space.encode(new)))
            assert repr(space.decode(code)) == repr({name: new[name] for name in new})

    def test_stays_inside_the_space_for_any_number_of_steps(
        self, explore: Explore, space: Space
    ) -> None:
        _, fork = next(forks(space))
        params: Params = fork.donor.params
        for step in range(100):
            params = explore(generator("contract", step), space, params, fork)
            for name, dimension in space.items():
                check_value(dimension, params[name])

    def test_starts_from_any_bound(self, explore: Explore, space: Space) -> None:
        _, fork = next(forks(space))
        for end in ("low", "high"):
            params = dict(fork.donor.params)
            for name, dimension in space.items():
                bound = getattr(dimension, end, math.inf)
                if math.isfinite(bound):
                    params[name] = dimension.map(partial(_bound, dimension, bound), params[name])
            for seed in range(10):
                new = explore(generator("contract", seed), space, params, fork)
                for name, dimension in space.items():
                    check_value(dimension, new[name])

    def test_a_value_outside_the_range_is_left_or_brought_inside(
        self, explore: Explore, space: Space
    ) -> None:
        """The range of mutations may be narrower than the one that roots are drawn from."""
        narrow = Space(map(_narrowed, space.values()))
        for name, fork in forks(space):
            params = dict(fork.donor.params)
            new = explore(generator("contract", name), narrow, params, fork)
            for name, dimension in narrow.items():
                pairs = zip(dimension.elements(params[name]), dimension.elements(new[name]))
                for before, after in pairs:
                    if repr(before) != repr(after):
                        _check_element(dimension, after)

    def test_leaves_alone_what_is_not_to_be_varied(self, explore: Explore, space: Space) -> None:
        for frozen in space:
            part = Space(dimension for name, dimension in space.items() if name != frozen)
            for seed, (_, fork) in zip(range(4), forks(space)):
                params = {name: fork.donor.params[name] for name in part}
                if part:
                    new = explore(generator("contract", seed), part, params, fork)
                    assert sorted(new) == sorted(part)

    def test_varies_something_now_and_then(self, explore: Explore, space: Space) -> None:
        found = list(variations(explore, space))
        assert any(repr(new) != repr(dict(fork.donor.params)) for fork, new in found)

    def test_allows_what_it_makes(self, explore: Explore, space: Space) -> None:
        for fork, new in variations(explore, space):
            if explore.allows(fork.donor.params):
                assert explore.allows(new) is True

    def test_varies_the_same_again(self, explore: Explore, space: Space) -> None:
        twice = [new for new in varied(explore, space) for _ in range(2)]
        assert varied(explore, space, 2) == twice

    def test_varies_the_same_in_another_process(self, explore: Explore, space: Space) -> None:
        assert _elsewhere(varied, explore, space) == varied(explore, space)

    def test_changes_nothing(self, explore: Explore, space: Space) -> None:
        operator = repr(explore)
        pictures: dict[int, tuple[Lineages, list[str]]] = {}
        for name, fork in forks(space):
            pictures.setdefault(id(fork.lineages), (fork.lineages, _picture(fork.lineages)))
            params = dict(fork.donor.params)
            before = repr(params)
            new = explore(generator("contract", name), space, params, fork)
            assert new is not params
            assert repr(params) == before
        for lineages, picture in pictures.values():
            assert _picture(lineages) == picture
        assert repr(explore) == operator


def _present(lineages: Lineages) -> list[Member]:
    """Return the members that are decided about, and copied."""
    return [
        member
        for member in lineages
        if member.status is Status.COMPLETED and not lineages.is_archived(member.key)
    ]


def decided(exploit: Exploit, times: int = 1) -> list[str]:
    """Return all decisions of a rule, for comparison."""
    return [repr(decision) for _, _, decision in decisions(exploit, times)]


def varied(explore: Explore, space: Space, times: int = 1) -> list[str]:
    """Return all variations of an operator, for comparison."""
    return [repr(new) for _, new in variations(explore, space, times)]


def _elsewhere(function: Callable[..., list[str]], *arguments: Any) -> list[str]:
    """Call a function in another process, with another seed of its hashes."""
    code = (
        "import json, pickle, sys; function, arguments = pickle.load(sys.stdin.buffer); "
        "print(json.dumps(function(*arguments)))"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "4242",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps((function, arguments)),
        capture_output=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: list[str] = json.loads(done.stdout)
    return found


def _picture(lineages: Lineages) -> list[str]:
    return [repr((member, lineages.successors(member.key))) for member in lineages]


def _bound(dimension: Dimension, bound: float, element: Value) -> Value:
    return dimension.tidy(bound)


def _narrowed(dimension: Dimension) -> Dimension:
    """Return part of a dimension: what is above 0, on a log scale, or its lower half or choices."""
    if isinstance(dimension, Categorical):
        return dataclasses.replace(
            dimension, prior=None, choices=dimension.choices[:2], probabilities=()
        )
    assert isinstance(dimension, (Real, Integer))
    if dimension.low < 0 < dimension.high < math.inf:
        low = 1.0 if isinstance(dimension, Integer) else dimension.high / 1000
        return dataclasses.replace(dimension, prior=None, low=low, log=True)
    if not math.isfinite(dimension.width) or not math.isfinite(dimension.high):
        return dimension
    middle = (dimension.low + dimension.high) / 2
    return dataclasses.replace(dimension, prior=None, high=float(math.floor(middle) or middle))
