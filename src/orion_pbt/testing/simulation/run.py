"""What came of a simulated run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from orion_pbt.algorithms import PBT
from orion_pbt.engine import generator
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Params
from orion_pbt.testing.simulation.pace import Span
from orion_pbt.testing.simulation.task import State, Task


@dataclass(frozen=True)
class Run:
    """What came of a simulated run.

    Parameters
    ----------
    task:
        What was trained.
    algorithm:
        The algorithm in its last state.
    states:
        What each completed trial left, by trial id.
    spans:
        When each trial ran, by trial id.
    seed:
        What the run's luck was made from.
    """

    task: Task
    algorithm: PBT
    states: Mapping[str, State]
    spans: Mapping[str, Span]
    seed: int

    @property
    def lineages(self) -> Lineages:
        """All trials, as members by trial id."""
        return self.algorithm.lineages

    @property
    def winner(self) -> Member:
        """The best member of the last generation that anybody completed.

        Raises
        ------
        ValueError
            If there is none.
        """
        for generation in range(self.algorithm.generations, -1, -1):
            best = self.lineages.best(generation)
            if best is not None:
                return best
        raise ValueError("No trial was completed with a score that can be compared.")

    @property
    def score(self) -> float:
        """The winner's score."""
        objective = self.winner.objective
        assert objective is not None
        return -objective

    @property
    def trained(self) -> int:
        """Units of fidelity that were trained in all, those of broken trials among them."""
        levels = (0, *self.algorithm.schedule.levels)
        generations = (self.lineages[key].generation for key in self.spans)
        return sum(levels[number + 1] - levels[number] for number in generations)

    @property
    def duration(self) -> float:
        """Simulated time until the last trial ended."""
        return max(span.end for span in self.spans.values())

    @property
    def idleness(self) -> float:
        """Share of the workers' time, until the last trial ended, that they did not train."""
        workers = 1 + max(span.worker for span in self.spans.values())
        worked = math.fsum(span.end - span.begin for span in self.spans.values())
        return 1 - worked / (workers * self.duration)

    def schedule(self, key: str) -> list[tuple[int, Params]]:
        """Return what made a member's weights: fidelities, and hyperparameters used up to each."""
        levels = self.algorithm.schedule
        members = [node.item for node in self.lineages.node(key).path()]
        return [(levels.fidelity(member.generation), member.params) for member in members]

    def replay(self, luck: int = 0) -> float:
        """Train once more along the winner's schedule, with other luck; return the score.

        Selection keeps who was lucky, and so the winner's own score says too much where training
        or its evaluation is noisy.
        """
        rng = generator(str(self.seed), "replay", luck)
        state, score, begin = self.task.begin(rng), math.nan, 0
        for end, params in self.schedule(self.winner.key):
            state, score = self.task.train(state, params, begin, end, rng)
            begin = end
        return score
