"""Simulated workers, which train what the algorithm suggests."""

from __future__ import annotations

import copy
import heapq
from collections.abc import Mapping
from typing import Any

import numpy
from orion.core.io.space_builder import SpaceBuilder
from orion.core.worker.trial import Trial

from orion_pbt.algorithms import PBT
from orion_pbt.engine import generator
from orion_pbt.testing.simulation.pace import Pace, Span
from orion_pbt.testing.simulation.run import Run
from orion_pbt.testing.simulation.task import State, Task


def simulate(
    task: Task,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    pace: Pace | None = None,
    algorithm: type[PBT] = PBT,
) -> Run:
    """Run the algorithm on a task until it is done.

    Parameters
    ----------
    task:
        What to train.
    settings:
        The settings of the algorithm, without the seed.
    seed:
        All of the run follows from it: decisions, luck and pace.
    pace:
        How fast workers are; 8 of nearly equal speed if None.
    algorithm:
        ``pbt``, or one that is derived from it.

    Raises
    ------
    ConfigurationError
        If the settings cannot work with the task's space.
    """
    space = SpaceBuilder().build(dict(task.space))
    built = algorithm(space, seed=seed, **(settings or {}))
    simulation = _Simulation(task, built, seed, Pace() if pace is None else pace)
    simulation.run_until_done()
    return Run(task, built, simulation.states, simulation.spans, seed)


class _Simulation:
    """Simulated workers and their clock."""

    def __init__(self, task: Task, algorithm: PBT, seed: int, pace: Pace) -> None:
        self._task = task
        self._algorithm = algorithm
        self._seed = str(seed)
        self._pace = pace
        self.states: dict[str, State] = {}
        self.spans: dict[str, Span] = {}
        self._now = 0.0
        self._idle = list(range(pace.workers))
        self._running: list[tuple[float, int, Trial]] = []

    def run_until_done(self) -> None:
        """Let idle workers ask for trials, and pass on to the end of the next one."""
        self._start_trials()
        while self._running:
            self._now, worker, trial = heapq.heappop(self._running)
            self._finish(trial)
            heapq.heappush(self._idle, worker)
            self._start_trials()

    def _start_trials(self) -> None:
        for trial in self._algorithm.suggest(len(self._idle)) if self._idle else ():
            worker = heapq.heappop(self._idle)
            begin, end = self._stretch(trial.id)
            length = self._pace.duration(end - begin, worker, self._luck("pace", trial.id))
            self.spans[trial.id] = Span(worker, self._now, self._now + length)
            heapq.heappush(self._running, (self._now + length, worker, trial))

    def _finish(self, trial: Trial) -> None:
        key = trial.id
        if self._luck("break", key).random() < self._pace.breakage:
            trial.status = "broken"
        else:
            trial.status = "completed"
            result = Trial.Result(name="objective", type="objective", value=-self._train(key))
            trial.results = [result]
        self._algorithm.observe([trial])

    def _train(self, key: str) -> float:
        member, task = self._algorithm.lineages[key], self._task
        if member.parent is None:
            state = task.begin(self._luck("begin", key))
        else:
            state = copy.deepcopy(self.states[member.parent])
        begin, end = self._stretch(key)
        luck = self._luck("train", key)
        self.states[key], score = task.train(state, member.params, begin, end, luck)
        return float(score)

    def _stretch(self, key: str) -> tuple[int, int]:
        member, levels = self._algorithm.lineages[key], self._algorithm.schedule
        begin = levels.fidelity(member.generation - 1) if member.generation else 0
        return begin, levels.fidelity(member.generation)

    def _luck(self, what: str, key: str) -> numpy.random.Generator:
        return generator(self._seed, what, key)
