"""A small run whose decisions are recorded in ``golden_decisions.json``.

``python golden_run.py`` prints its decisions as JSON. Record them anew only where decisions are
meant to change: ``python golden_run.py > golden_decisions.json``.
"""

from __future__ import annotations

import json
import math

from orion_pbt.engine import Engine
from orion_pbt.exploit import BacktrackExploit, PipelineExploit, TruncateExploit
from orion_pbt.explore import PerturbExplore, PipelineExplore, ResampleExplore
from orion_pbt.space import Categorical, Integer, Real, Space

SPACE = Space(
    [
        Real("/lr", low=1e-5, high=1, log=True, precision=4),
        Real("/momentum", (2,), low=0, high=1, precision=4),
        Integer("/layers", low=1, high=8),
        Categorical("/act", choices=("relu", None, (1, 2)), probabilities=(0.5, 0.25, 0.25)),
        Categorical("/batch", choices=(16, 32, 64, 128)),
    ]
)
BROKEN = (1, 4, 9, 10, 17)
"""The trials that break, by their number."""


def make_engine():
    return Engine(
        SPACE,
        population_size=5,
        generations=3,
        exploit=PipelineExploit((BacktrackExploit(4, 0.9, 0.25), TruncateExploit(3, 0.6, 0.34))),
        explore=PipelineExplore((ResampleExplore(0.2), PerturbExplore(1.2))),
        seed="golden",
    )


def score(member):
    """Return an objective in exact arithmetic, with ties and a NaN among them."""
    layers, batch = member.params["/layers"], member.params["/batch"]
    if layers == 8:
        return math.nan
    return float(
        (3 * layers + batch // 16 + (member.params["/act"] is None)) % 7 - member.generation
    )


def run(between=lambda engine: engine):
    """Run to the end; `between` may hand the run over to another engine before each step."""
    engine = make_engine()
    running = []
    number = 0
    while not engine.is_done:
        engine = between(engine)
        running += engine.ask(3 - len(running))  # three workers
        engine = between(engine)
        member = running.pop(number % len(running))
        if number in BROKEN:
            engine.fail(member.key)
        else:
            engine.tell(member.key, score(member))
        number += 1
    return engine


def decisions(engine):
    """Return what was decided, as JSON."""
    rows = [
        [member.key, member.generation, member.parent, member.base, member.params]
        for member in engine.lineages
    ]
    return json.loads(json.dumps(rows))


if __name__ == "__main__":
    print("[\n" + ",\n".join(map(json.dumps, decisions(run()))) + "\n]")
