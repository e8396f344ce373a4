"""What all algorithms have that train a population: Oríon asks, the engine answers."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from typing import Any, Callable, ClassVar, TypeVar

from orion.algo.base import BaseAlgorithm
from orion.core.utils.exceptions import NoConfigurationError
from orion.core.worker.experiment import Experiment
from orion.core.worker.trial import Trial

from orion_pbt import console
from orion_pbt.algorithms.converters import TrialConverter, objective_of, reported_of
from orion_pbt.algorithms.raising import check_levels
from orion_pbt.algorithms.trial_registry import TrialRegistry
from orion_pbt.engine import Engine
from orion_pbt.errors import ConfigurationError, StateError
from orion_pbt.lineage import Lineages
from orion_pbt.schedules import FidelitySchedule

logger = logging.getLogger(__name__)

T = TypeVar("T")


class PBTConfigurationError(ConfigurationError, NoConfigurationError):
    """A setting that cannot work, which Oríon's commands print without a traceback."""


class PopulationAlgorithm(BaseAlgorithm):
    """An algorithm of Oríon's whose decisions an engine makes.

    A derived class builds the attributes that have no value here when it is made.
    """

    requires_type: ClassVar[str | None] = None
    requires_dist: ClassVar[str | None] = None
    requires_shape: ClassVar[str | None] = None
    needs_no_wrapping: ClassVar[bool] = True  # see orion_pbt.upstream.algorithm_wrappers

    format_end: ClassVar[Any] = staticmethod(console.format_summary)
    """Says how a run ended."""

    generations: int
    schedule: FidelitySchedule
    registry: TrialRegistry
    _engine: Engine
    _converter: TrialConverter

    @staticmethod
    def _check(check: Callable[..., T], *args: Any) -> T:
        """Let Oríon's commands print an error of the configuration without a traceback."""
        try:
            return check(*args)
        except ConfigurationError as error:
            raise PBTConfigurationError(str(error)) from error

    @property
    def engine(self) -> Engine:
        """What decides; it knows nothing of Oríon."""
        return self._engine

    @property
    def converter(self) -> TrialConverter:
        """What turns trials into members of the engine, and back."""
        return self._converter

    @property
    def lineages(self) -> Lineages:
        """All trials and how they descend from each other, by trial id."""
        return self._engine.lineages

    @property
    def pending(self) -> list[Trial]:
        """The trials that were suggested and not heard of since."""
        lineages = self.lineages
        return [self._converter.to_trial(lineages[key]) for key in self._engine.pending]

    def awaited(self, trial: Trial) -> Trial | None:
        """Return a trial that is still to be trained, as it is in this version; None if it is none.

        Parameters
        ----------
        trial:
            Of another version of the experiment, as it looks from this one.
        """
        pending = self._engine.pending
        if not pending or trial.id in pending:
            return trial if pending else None
        # What was added or renamed since is at another place, which changes the id.
        try:
            generation = self._converter.to_generation(trial)
            params = self._converter.to_params(trial)
        except KeyError:
            return None
        if generation is None:
            return None
        key = self._converter.key_of(params, generation, trial.parent, None)
        return self._converter.to_trial(self.lineages[key]) if key in pending else None

    def begin(self, experiment: Any) -> None:
        """Take note that an experiment begins whose algorithm this is, and has no state yet."""

    def refresh(self, experiment: Any) -> None:
        """Take note of what others did since this process last looked, or all if it never did.

        Parameters
        ----------
        experiment: orion.core.worker.experiment.Experiment
            The experiment that this is the algorithm of, or a client of it.
        """
        found = experiment.storage.get_algorithm_lock_info(uid=experiment.id)
        if found is not None and found.state:
            self.set_state(found.state)

    def shown(self, experiment: Experiment) -> AbstractContextManager[None]:
        """Show how the run goes while `experiment` is worked on, and how it ended."""
        return console.shown(
            self._engine,
            self.schedule,
            experiment.working_dir,
            lambda: self.refresh(experiment),
            summary=type(self).format_end,
        )

    def suggest(self, num: int) -> list[Trial]:
        """Return up to `num` trials; fewer, maybe none, while members wait for their peers."""
        members = self._check(self._engine.ask, num)
        for key, reason in self._engine.waiting.items() if not members else ():
            logger.debug("Trial %s waits for %s.", key, reason)
        return [self._converter.to_trial(member) for member in members]

    def observe(self, trials: list[Trial]) -> None:
        """Take note of completed and broken trials.

        A completed trial that was not suggested here (``orion insert``) joins the population as a
        root if it has the lowest fidelity and no parent.
        """
        for trial in trials:
            if trial.status not in ("completed", "broken"):
                continue
            key = trial.id
            if key not in self.lineages and not self._adopt(trial):
                self.registry.register(trial)
            elif trial.status == "completed":
                self._engine.tell(key, objective_of(trial), reported_of(trial))
            else:
                self._engine.fail(key)

    def _adopt(self, trial: Trial) -> bool:
        is_root = trial.parent is None and self._converter.to_generation(trial) == 0
        if not is_root or trial.status != "completed":
            logger.info("Trial %s is not of this population and no root for it.", trial.id)
            return False
        if not self._engine.insertable_roots:
            logger.warning(
                "The inserted trial %s is ignored: a population of %d takes as many inserted "
                "trials, and has them. Raise population_size to insert more.",
                trial.id,
                self._engine.population_size,
            )
            return False
        self._engine.insert(trial.id, self._converter.to_params(trial))
        return True

    @property
    def is_done(self) -> bool:
        """Whether the whole population, or `max_trials` of it, completed the full fidelity."""
        if self._engine.is_done:
            return True
        finished = self.lineages.count_at(self.generations)
        return self.max_trials is not None and finished >= self.max_trials

    @property
    def state_dict(self) -> dict[str, Any]:
        """The state as plain data: the engine's log, and the trials that are not its."""
        return {"engine": self._engine.state, "registry": self.registry.state_dict}

    def set_state(self, state_dict: dict[str, Any]) -> None:
        """Take over a state.

        Raises
        ------
        StateError
            If it is not a state of this algorithm.
        """
        if "engine" not in state_dict:
            raise StateError(
                "The saved state of this experiment is not of orion-pbt's algorithm; it was begun "
                "with another one (Oríon's own 'pbt' is called 'orionpbt' now). Go on with that "
                "one, or start a new experiment."
            )
        is_first = not self.lineages.height
        self._engine.restore(state_dict["engine"])
        if is_first:
            self._check(check_levels, self._engine, self._converter, self.generations)
        self.registry.set_state(state_dict["registry"])
