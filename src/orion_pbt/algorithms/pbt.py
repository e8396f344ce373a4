"""Population based training as an algorithm of Oríon."""

from __future__ import annotations

import functools
import inspect
import secrets
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, ClassVar, Union

from orion.algo.space import Space as OrionSpace

from orion_pbt import settings
from orion_pbt.algorithms.converters import TrialConverter, find_fidelity, to_space
from orion_pbt.algorithms.defaults import default_exploit, default_explore
from orion_pbt.algorithms.population import PopulationAlgorithm
from orion_pbt.algorithms.raising import check_goes_on_from
from orion_pbt.algorithms.ranges import narrowed, to_points, without
from orion_pbt.algorithms.trial_registry import TrialRegistry
from orion_pbt.algorithms.versions import inherit
from orion_pbt.engine import Barrier, Engine, check_population
from orion_pbt.errors import bad_setting
from orion_pbt.exploit import EXPLOITS, Exploit
from orion_pbt.explore import EXPLORES, Explore
from orion_pbt.schedules import FidelitySchedule

OURS = ("mode", "quorum", "initial", "initial_points", "mutation", "frozen")
"""Settings that Oríon's own algorithm does not have."""

Seed = Union[None, int, Sequence[int]]


class PBT(PopulationAlgorithm):
    """Population based training.

    A population of models is trained side by side, one generation after the other. A member that
    has finished a generation goes on, or, if it is among the worst, gives up its weights and
    hyperparameters for those of a better member, varied a little. So a schedule of hyperparameters
    is found during one training run.

    Each trial trains one member for one generation, up to the trial's fidelity. Its script loads
    the weights that it finds in ``trial.working_dir`` (put there from the parent trial) and saves
    them there.

    See Jaderberg et al. 2017 (arXiv 1711.09846).

    Parameters
    ----------
    space:
        Search space, with exactly one fidelity dimension.
    seed:
        Makes all decisions reproducible: the same results give the same decisions, in any process.
        Drawn and kept with the experiment if None.
    population_size:
        Number of members, at least 2. More members than workers keep the workers busy.
    generations:
        Number of branchings; ``population_size * (generations + 1)`` trials are run.
    exploit:
        When a member copies another: a strategy's name, ``{name: {options}}``,
        ``{'of_type': name, ...}``, or a list of those. See `orion_pbt.exploit`.
    explore:
        How the hyperparameters of a copy are varied, written likewise. See `orion_pbt.explore`.
    mode:
        ``'async'``: a member is decided about as soon as its exploit rule can. ``'sync'``: when
        its whole generation is complete.
    quorum:
        With ``'sync'``, the share of the population that counts as the whole generation.
    initial:
        Priors that roots are drawn from, by hyperparameter, where they are narrower than the
        search space.
    initial_points:
        Hyperparameters of the first roots; what a point leaves out is drawn.
    mutation:
        Ranges in which copies are varied, as priors by hyperparameter, where they are narrower
        than the search space.
    frozen:
        Names of hyperparameters that are never varied, but copied.
    fork_timeout:
        Accepted for configurations of Oríon's own algorithm and without effect: the search for
        new hyperparameters ends after a number of draws, not of seconds.

    Raises
    ------
    ConfigurationError
        If a setting, or a combination of them, cannot work.
    """

    whole_settings: ClassVar[tuple[str, ...]] = ("exploit", "explore", "initial", "mutation")
    """Settings of which no part stays when they are configured anew."""

    def __init__(
        self,
        space: OrionSpace,
        seed: Seed = None,
        population_size: int = 50,
        generations: int = 10,
        exploit: Any = None,
        explore: Any = None,
        fork_timeout: float = 60,
        mode: str = "async",
        quorum: float = 1.0,
        initial: Mapping[str, str] | None = None,
        initial_points: Sequence[Mapping[str, Any]] | None = None,
        mutation: Mapping[str, str] | None = None,
        frozen: Sequence[str] | None = None,
    ) -> None:
        super().__init__(space)
        self.seed = seed
        self.population_size = population_size
        self.generations = generations
        self.fork_timeout = fork_timeout
        self.mode = mode
        self.quorum = quorum
        self.initial = initial
        self.initial_points = initial_points
        self.mutation = mutation
        self.frozen = frozen
        self._check(self._build, exploit, explore)

    def _build(self, exploit: Any, explore: Any) -> None:
        if not isinstance(self.fork_timeout, (int, float)) or not self.fork_timeout > 0:
            raise bad_setting(
                "fork_timeout", self.fork_timeout, "it must be above 0", "Leave it out."
            )
        fidelity = find_fidelity(self.space)
        self.schedule = FidelitySchedule(
            fidelity.low, fidelity.high, self.generations, fidelity.base
        )
        if self.mode not in ("async", "sync"):
            raise bad_setting(
                "mode", self.mode, "it is 'async' or 'sync'", "Leave it out for 'async'."
            )
        barrier = Barrier(self.quorum)
        space = to_space(self.space)
        check_population(space, self.population_size)  # the default strategy hangs on it
        initial = narrowed("initial", space, self.initial)
        mutation = without(space, narrowed("mutation", space, self.mutation), self.frozen)
        exploit_rule = (
            self.default_exploit(self.population_size, self.generations)
            if exploit is None
            else settings.build("exploit", EXPLOITS, exploit)
        )
        explore_operator = (
            self.default_explore()
            if explore is None
            else settings.build("explore", EXPLORES, explore)
        )
        self.exploit = settings.describe(exploit_rule)
        self.explore = settings.describe(explore_operator)
        self._converter = TrialConverter(self.space, self.schedule)
        self._engine = Engine(
            space,
            self.population_size,
            self.generations,
            exploit_rule,
            explore_operator,
            _seed_text(self.seed),
            self._converter.key_of,
            barrier=barrier if self.mode == "sync" else None,
            initial=initial,
            initial_points=to_points(self.space, space, self.initial_points),
            mutation=mutation,
        )
        self.registry = TrialRegistry(self._engine, self._converter)

    @classmethod
    def default_exploit(cls, population_size: int, generations: int) -> Exploit:
        """Return the rule of users who chose none."""
        return default_exploit(population_size)

    @classmethod
    def default_explore(cls) -> Explore:
        """Return the operator of users who chose none."""
        return default_explore()

    @property
    def configuration(self) -> dict[str, Any]:
        """The settings; of those that Oríon's own algorithm does not have, what is set."""
        ((name, settings),) = super().configuration.items()
        defaults = _defaults_of_ours()
        return {
            name: {
                setting: value
                for setting, value in settings.items()
                if setting not in defaults or value != defaults[setting]
            }
        }

    def seed_rng(self, seed: Seed) -> None:
        """Make further decisions depend on another seed."""
        if hasattr(self, "_engine"):  # Oríon calls this before there is one
            self._engine.seed = _seed_text(seed)

    def begin(self, experiment: Any) -> None:
        """Go on with the population of the version that an experiment branched off, if it fits."""
        inherit(self, experiment)

    def check_goes_on_from(self, configuration: Any) -> None:
        """Raise unless this can go on from what was begun with another configuration.

        Raises
        ------
        ConfigurationError
            If more was changed than the population's size and the generations, and to more.
        """
        self._check(check_goes_on_from, self.configuration, configuration, self.default_exploit)


def _seed_text(seed: Seed) -> str:
    if seed is None:
        return secrets.token_hex(8)
    parts: Sequence[Any] = seed if isinstance(seed, (list, tuple)) else [seed]
    if not parts or not all(_is_whole(part) for part in parts):
        raise bad_setting(
            "seed", seed, "it must be a whole number or a list of those", "Use e.g. 1."
        )
    numbers = [int(part) for part in parts]
    return repr(numbers if isinstance(seed, (list, tuple)) else numbers[0])


def _is_whole(number: Any) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)


@functools.lru_cache(maxsize=1)
def _defaults_of_ours() -> dict[str, Any]:
    """Return the settings that Oríon's own algorithm does not have, and their defaults."""
    parameters = inspect.signature(PBT).parameters
    return {name: parameters[name].default for name in OURS}
