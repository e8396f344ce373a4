"""Ray Tune's population based training on the same tasks; ``ray_comparison.py`` runs it.

Its environment has ray and numpy, and this folder's parent in ``PYTHONPATH``.

Its scheduler, `ray.tune.schedulers.PopulationBasedTraining`, makes all decisions. Around it stand
simulated workers of nearly equal speed, as in the rest of this benchmark.

Ray does not keep numbers inside their bounds (a perturbed learning rate may leave them), so that a
function that does is given as ``custom_explore_fn``.
"""

from __future__ import annotations

import argparse
import ast
import copy
import csv
import heapq
import logging
import random
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
from ray import tune
from ray.tune.experiment import Trial
from ray.tune.schedulers import PopulationBasedTraining

from search_quality.tasks import TASKS, Task

POPULATION = 8
JITTER = 0.05
MODES = {"ray": False, "ray synch": True}
"""Names in the table → whether all wait for the slowest."""


def domain(prior: str) -> Any:
    """Return Ray's form of one of Oríon's priors; choices are a list, which Ray keeps in order."""
    found = re.fullmatch(r"(\w+)\((.*)\)", prior)
    assert found is not None, prior
    kind, arguments = found.groups()
    if kind == "choices":
        return ast.literal_eval(arguments)
    numbers = [float(number) for number in re.findall(r"[-\d.e]+(?=[,)\s]|$)", arguments)[:2]]
    if "discrete=True" in arguments:
        return tune.randint(int(numbers[0]), int(numbers[1]) + 1)
    return {"uniform": tune.uniform, "loguniform": tune.loguniform}[kind](*numbers)


def make_scheduler(task: Task, synch: bool, **metric: str) -> PopulationBasedTraining:
    """Return Ray's scheduler with its defaults, an interval a step."""
    domains = {name: domain(prior) for name, prior in task.priors.items()}

    def keep_inside(config: dict[str, Any]) -> dict[str, Any]:
        for name, dimension in domains.items():
            if not isinstance(dimension, list):
                high = dimension.upper - (1 if isinstance(config[name], int) else 0)
                config[name] = min(max(config[name], dimension.lower), high)
        return config

    return PopulationBasedTraining(
        time_attr="intervals",
        perturbation_interval=1,
        hyperparam_mutations=domains,
        custom_explore_fn=keep_inside,
        log_config=False,
        synch=synch,
        **metric,
    )


def first_config(task: Task) -> dict[str, Any]:
    """Draw the hyperparameters of a root."""
    found = {name: domain(prior) for name, prior in {**task.priors, **task.initial}.items()}
    return {
        name: random.choice(one) if isinstance(one, list) else one.sample()
        for name, one in found.items()
    }


class SimulatedTrial:
    """What the scheduler asks of a trial; its checkpoint is its state and its iteration."""

    def __init__(self, number: int, config: dict[str, Any], state: Any) -> None:
        self.trial_id = str(number)
        self.config = config
        self.status = Trial.RUNNING
        self.experiment_tag = self.trial_id
        self.evaluated_params: dict[str, Any] = {}
        self.last_result: dict[str, Any] = {}
        self.temporary_state = SimpleNamespace(saving_to=None)
        self.run_metadata = SimpleNamespace(
            checkpoint_manager=SimpleNamespace(
                checkpoint_config=SimpleNamespace(num_to_keep=None),
                _latest_checkpoint_result=None,
            )
        )
        self.checkpoint = (state, 0)

    def is_finished(self) -> bool:
        """Whether it went all the way."""
        return self.status == Trial.TERMINATED

    def set_experiment_tag(self, tag: str) -> None:
        """Take another name."""
        self.experiment_tag = tag

    def set_config(self, config: dict[str, Any]) -> None:
        """Take over hyperparameters."""
        self.config = config


class Simulation:
    """Workers of nearly equal speed, one a trial, and what the scheduler asks of a controller."""

    search_alg = None

    def __init__(self, task: Task, synch: bool, seed: int) -> None:
        random.seed(seed)
        numpy.random.seed(seed)  # Ray draws from it
        self._task = task
        self._rng = numpy.random.default_rng(seed)
        self._scheduler = make_scheduler(task, synch, metric="score", mode="max")
        self._trials = [
            SimulatedTrial(number, first_config(task), task.begin(self._rng))
            for number in range(POPULATION)
        ]
        self._ends: list[tuple[float, int]] = []
        self.intervals = 0

    def get_trials(self) -> list[SimulatedTrial]:
        """Return all trials."""
        return self._trials

    def get_live_trials(self) -> list[SimulatedTrial]:
        """Return those that are not at the end."""
        return [trial for trial in self._trials if not trial.is_finished()]

    def pause_trial(self, trial: SimulatedTrial, should_checkpoint: bool) -> None:
        """Let a trial start from a checkpoint later."""
        trial.status = Trial.PAUSED

    def _schedule_trial_save(self, trial: SimulatedTrial, result: Any = None) -> Any:
        return trial.checkpoint

    def run(self) -> None:
        """Train all of them to the end."""
        for number, trial in enumerate(self._trials):
            self._scheduler.on_trial_add(self, trial)
            self._start(0.0, number)
        while self._ends:
            now, number = heapq.heappop(self._ends)
            self._finish(self._trials[number])
            for other, trial in enumerate(self._trials):
                if trial.status == Trial.PAUSED and self._may_run(trial):
                    trial.status = Trial.RUNNING
                    self._start(now, other)
            if self._trials[number].status == Trial.RUNNING and not any(
                number == running for _, running in self._ends
            ):
                self._start(now, number)

    def _start(self, now: float, number: int) -> None:
        length = 1 + JITTER * self._rng.uniform(-1, 1)
        heapq.heappush(self._ends, (now + length, number))

    def _may_run(self, trial: SimulatedTrial) -> bool:
        if not self._scheduler._synch:
            return True
        state = self._scheduler._trial_state[trial]
        return bool(state.last_train_time < self._scheduler._next_perturbation_sync)

    def _finish(self, trial: SimulatedTrial) -> None:
        self.intervals += 1
        task, (state, iteration) = self._task, trial.checkpoint
        begin = iteration * task.interval
        state, score = task.train(
            copy.deepcopy(state), trial.config, begin, begin + task.interval, self._rng
        )
        trial.checkpoint = (state, iteration + 1)
        trial.last_result = {"intervals": iteration + 1, "score": score}
        if begin + task.interval == task.horizon:
            trial.status = Trial.TERMINATED
            self._scheduler.on_trial_complete(self, trial, trial.last_result)
            return
        decision = self._scheduler.on_trial_result(self, trial, trial.last_result)
        if decision == PopulationBasedTraining.PAUSE:
            trial.status = Trial.PAUSED
        for one in self._trials:  # those that were given another's checkpoint
            manager = one.run_metadata.checkpoint_manager
            if manager._latest_checkpoint_result is not None:
                one.checkpoint = manager._latest_checkpoint_result.checkpoint
                manager._latest_checkpoint_result = None


def simulate(task: Task, synch: bool, seed: int) -> tuple[float, float]:
    """Return the best score at the end and the share of the budget."""
    simulation = Simulation(task, synch, seed)
    simulation.run()
    score = max(trial.last_result["score"] for trial in simulation.get_trials())
    return score, simulation.intervals * task.interval / (POPULATION * task.horizon)


def main() -> None:
    """Write a line a run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, required=True)
    parser.add_argument("--seeds", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # it tells each exploit
    with options.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["task", "setting", "seed", "score", "budget"])
        for letter in options.tasks:
            for setting, synch in MODES.items():
                for seed in range(options.seeds):
                    task = TASKS[letter]
                    writer.writerow([letter, setting, seed, *simulate(task, synch, seed)])
                    file.flush()


if __name__ == "__main__":
    main()
