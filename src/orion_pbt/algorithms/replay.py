"""Training along a given schedule as an algorithm of Oríon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from orion.algo.space import Space as OrionSpace
from orion.core.worker.trial import Trial

from orion_pbt import console
from orion_pbt.algorithms.converters import TrialConverter, find_fidelity, to_space
from orion_pbt.algorithms.population import PopulationAlgorithm
from orion_pbt.algorithms.ranges import to_point
from orion_pbt.algorithms.trial_registry import TrialRegistry
from orion_pbt.engine import REPLICA, ReplayEngine
from orion_pbt.engine.replaying import MOST_REPLICAS
from orion_pbt.errors import ConfigurationError, bad_setting
from orion_pbt.schedules import GivenLevels
from orion_pbt.space import Params, Real, Space


class Replay(PopulationAlgorithm):
    """Training along a schedule, from scratch, several times.

    Each replica is one line of trials: a root with the first stage of the schedule, a child of it
    with the second, and so on. A trial that breaks is tried again from where it started.

    Parameters
    ----------
    space:
        The hyperparameters, with one fidelity and with one that is called `REPLICA`.
    stages:
        ``{'fidelity': ..., 'params': {...}}`` for each generation: up to where it trains, and with
        which hyperparameters.
    replicas:
        How often the schedule is trained.
    seed_name:
        A hyperparameter that is not the schedule's, but differs from replica to replica.
    trial:
        Id of the trial whose schedule it is, for who reads the settings.

    Raises
    ------
    ConfigurationError
        If a setting cannot work.
    """

    format_end: ClassVar[Any] = staticmethod(console.format_replays)

    def __init__(
        self,
        space: OrionSpace,
        stages: Sequence[Mapping[str, Any]],
        replicas: int = 1,
        seed_name: str | None = None,
        trial: str | None = None,
    ) -> None:
        super().__init__(space)
        self.stages = stages
        self.replicas = replicas
        self.seed_name = seed_name
        self.trial = trial
        self._check(self._build)

    def _build(self) -> None:
        fidelity, space = find_fidelity(self.space), to_space(self.space)
        names = {name.lstrip("/"): name for name in space}
        if REPLICA not in names:
            raise bad_setting(
                "The search space",
                list(names),
                f"to tell replicas apart it needs a real hyperparameter {REPLICA!r}",
                f"Add it with the prior 'uniform(1, {MOST_REPLICAS + 1})'.",
            )
        is_whole = isinstance(self.replicas, int) and not isinstance(self.replicas, bool)
        if not is_whole or not 1 <= self.replicas <= MOST_REPLICAS:
            raise bad_setting(
                "replicas",
                self.replicas,
                f"it is a number from 1 to {MOST_REPLICAS}",
                "Use e.g. 3.",
            )
        seed_name = None if self.seed_name is None else names.get(self.seed_name.lstrip("/"), "")
        if seed_name == "":
            raise bad_setting(
                "seed_name",
                self.seed_name,
                f"the hyperparameters are {', '.join(names)}",
                "Name one that your script takes for its seed, or leave it out.",
            )
        self.schedule = GivenLevels([_fidelity(stage) for stage in self.stages])
        if not fidelity.low <= self.schedule.low <= self.schedule.high <= fidelity.high:
            raise bad_setting(
                "The stages' fidelities",
                list(self.schedule.levels),
                f"they lie in {fidelity.get_prior_string()}",
                "Widen the fidelity.",
            )
        self.generations = self.schedule.generations
        self._converter = TrialConverter(self.space, self.schedule)
        self._engine = ReplayEngine(
            space,
            [self._params(space, stage, seed_name) for stage in self.stages],
            self.replicas,
            self._converter.key_of,
            seed_name=seed_name,
        )
        self.registry = TrialRegistry(self._engine, self._converter)

    def _params(self, space: Space, stage: Mapping[str, Any], seed_name: str | None) -> Params:
        params = to_point("The stages", self.space, space, stage["params"])
        given = {name for name in space if name.lstrip("/") == REPLICA or name == seed_name}
        missing = [name.lstrip("/") for name in space if name not in params and name not in given]
        if missing:
            raise bad_setting(
                "The stages' params", stage["params"], f"there is no {missing[0]!r}", "Add it."
            )
        # Oríon rounds what it draws; what a user inserted may have more digits.
        exact = {
            name: value
            for name in params
            for other, value in stage["params"].items()
            if other.lstrip("/") == name.lstrip("/") and isinstance(value, float)
            if isinstance(space[name], Real)
        }
        return {**params, **exact}

    @property
    def engine(self) -> ReplayEngine:
        """What decides; it knows nothing of Oríon."""
        assert isinstance(self._engine, ReplayEngine)
        return self._engine

    def seed_rng(self, seed: Any) -> None:
        """Nothing here is random."""

    def check_goes_on_from(self, configuration: Any) -> None:
        """Raise unless this can go on from what was begun with another configuration.

        Raises
        ------
        ConfigurationError
            If more was changed than the number of replicas, and to more.
        """
        self._check(check_same_replay, self.configuration, configuration)

    def _adopt(self, trial: Trial) -> bool:
        return False


def check_same_replay(now: Mapping[str, Any], before: Any) -> None:
    """Raise unless a replay that was begun with some settings can go on with others.

    Parameters
    ----------
    now, before:
        Configurations of the algorithm, as Oríon stores them.

    Raises
    ------
    ConfigurationError
        If more was changed than the number of replicas, or that was lowered.
    """
    ((name, ours),) = now.items()
    theirs = before.get(name) if isinstance(before, Mapping) else None
    if not isinstance(theirs, Mapping):
        raise ConfigurationError(
            "The experiment is no replay. Choose another name for the replay (--as)."
        )
    for setting, new in ours.items():
        old = theirs.get(setting)
        if new == old or (setting == "replicas" and isinstance(old, int) and new > old):
            continue
        raise ConfigurationError(
            f"The replay was begun with {setting} {old!r}, and it is {new!r} now. Only more "
            "replicas can be added to it. Set it back, or begin another replay under another name "
            "(--as)."
        )


def _fidelity(stage: Any) -> int:
    """Return the fidelity of a stage; what is none is refused with all of them."""
    if not isinstance(stage, Mapping) or set(stage) != {"fidelity", "params"}:
        raise bad_setting(
            "A stage", stage, "it has a fidelity and params", "Write {fidelity: 1, params: {...}}."
        )
    fidelity: int = stage["fidelity"]
    return fidelity
