"""G: reinforcement learning, where the score is mostly luck."""

from __future__ import annotations

import random
from typing import ClassVar

import numpy

from search_quality.tasks.base import Params, Task

ROWS, COLUMNS = 4, 12
START, GOAL = 36, 47
FALL, LONGEST = -100, 1000


class Cliff(Task):
    """Q-learning on the cliff walk (Sutton and Barto, *Reinforcement Learning*, example 6.6).

    A step costs 1; one into the cliff costs 100 and leads back to the start. An episode ends at
    the goal, or after 1000 steps. Discount 1, values from 0, ties broken by chance. The score is
    the mean return of the episodes of the last interval, at most −13. The luckiest of 8 members
    has it easily: with ε = 0.001 four intervals in five are without any random step. It is worth
    −13.3 on average, as one random step in four leads into the cliff.
    """

    letter, name = "G", "cliff"
    horizon, interval = 400, 20
    priors: ClassVar = {"alpha": "loguniform(0.01, 1)", "epsilon": "loguniform(1e-3, 1)"}
    limit, target = -13.0, -13.0
    replays = 10
    digits = 2

    def begin(self, rng: numpy.random.Generator) -> list[list[float]]:
        """Return the values of going up, down, left and right, by cell."""
        return [[0.0] * 4 for _ in range(ROWS * COLUMNS)]

    def train(
        self,
        state: list[list[float]],
        params: Params,
        begin: int,
        end: int,
        rng: numpy.random.Generator,
    ) -> tuple[list[list[float]], float]:
        """Play episodes."""
        values = [list(cell) for cell in state]
        # Python's own generator is much faster for single numbers.
        luck = random.Random(int(rng.integers(2**63)))
        returns = [_play(values, params, luck) for _ in range(begin, end)]
        return values, sum(returns) / len(returns)

    def by_hand(self, state: list[list[float]], begin: int) -> Params:
        """Return no curiosity: the values, which begin too high, suffice."""
        return {"alpha": 1.0, "epsilon": 1e-3}


def _play(values: list[list[float]], params: Params, luck: random.Random) -> int:
    alpha, epsilon, draw = params["alpha"], params["epsilon"], luck.random
    cell, total = START, 0
    for _ in range(LONGEST):
        here = values[cell]
        if draw() < epsilon:
            action = int(4 * draw())
        else:
            highest = max(here)
            action = here.index(highest)
            if here.count(highest) > 1:
                ties = [number for number in range(4) if here[number] == highest]
                action = ties[int(len(ties) * draw())]
        there, reward = MOVES[cell][action]
        total += reward
        ahead = 0.0 if there == GOAL else max(values[there])
        here[action] += alpha * (reward + ahead - here[action])
        cell = there
        if cell == GOAL:
            break
    return total


def _move(cell: int, action: int) -> tuple[int, int]:
    """Return the next cell and the reward."""
    row, column = divmod(cell, COLUMNS)
    down, right = ((-1, 0), (1, 0), (0, -1), (0, 1))[action]
    row = min(max(row + down, 0), ROWS - 1)
    column = min(max(column + right, 0), COLUMNS - 1)
    there = row * COLUMNS + column
    return (START, FALL) if START < there < GOAL else (there, -1)


MOVES = [[_move(cell, action) for action in range(4)] for cell in range(ROWS * COLUMNS)]
