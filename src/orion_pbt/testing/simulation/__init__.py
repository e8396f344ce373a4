"""Runs of the real algorithm on a made-up task: no process, no disk, no storage, no clock.

The algorithm is Oríon's door to it, `orion_pbt.algorithms.PBT`, with trials that are suggested,
"trained" by calling a function, and observed. A whole run takes a fraction of a second, so that
strategies can be compared over many seeds::

    class Hill:
        space = {"step": "uniform(0, 1)", "epochs": "fidelity(1, 10, base=1)"}

        def begin(self, rng):
            return 1.0

        def train(self, state, params, begin, end, rng):
            state *= (1 - params["step"]) ** (end - begin)
            return state, -state  # the higher the score, the better

    run = simulate(Hill(), {"population_size": 8, "generations": 9}, seed=1)
    print(run.score, run.schedule(run.winner.key))

Time passes on simulated workers: who finishes first, and so who is compared with whom, follows
from a `Pace` and from the seed.
"""

from orion_pbt.testing.simulation.pace import Pace, Span
from orion_pbt.testing.simulation.run import Run
from orion_pbt.testing.simulation.simulator import simulate
from orion_pbt.testing.simulation.task import State, Task

__all__ = ["Pace", "Run", "Span", "State", "Task", "simulate"]
