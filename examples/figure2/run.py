"""Figure 2 of Jaderberg et al. 2017 (arXiv 1711.09846): why exploit and explore need each other.

Two members climb Q(θ) = 1.2 − (θ0² + θ1²) from θ = (0.9, 0.9). They cannot see its slope, only that
of Q̂(θ|h) = 1.2 − (h0 θ0² + h1 θ1²), where the hyperparameters h = (1, 0) and (0, 1) leave each
member blind to one side. Every 4 of 200 steps both are evaluated, and the population is asked what
to do next: the engine's ask and tell, without Oríon.

Four ways to answer are compared. They differ in nothing but two strategies, one to exploit and
one to explore, and three of the strategies are made here: so you can plug in yours.

    python run.py              # prints the table, writes figure2.png and figure2.html
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from orion_pbt.engine import Engine
from orion_pbt.exploit import CopyFrom, Decision, Exploit, Keep, TruncateExploit
from orion_pbt.explore import Explore, Fork
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member
from orion_pbt.space import Params, Real, Space, Value

START = numpy.array([0.9, 0.9])
STEPS, READY = 200, 4
GENERATIONS = STEPS // READY - 1  # the first 4 steps are generation 0
LEARNING_RATE = 0.01
SPACE = Space([Real("h0", low=0, high=1), Real("h1", low=0, high=1)])


def q(theta: numpy.ndarray) -> float:
    """Return what is evaluated; at most 1.2."""
    return float(1.2 - theta @ theta)


def climb(theta: numpy.ndarray, params: Params) -> numpy.ndarray:
    """Return θ after 4 steps up the slope of Q̂."""
    h = numpy.array([params["h0"], params["h1"]])
    return theta * (1 - 2 * LEARNING_RATE * h) ** READY


class NeverCopy(Exploit):
    """Each member goes on with what it has."""

    def __call__(self, rng: numpy.random.Generator, member: Member, lineages: Lineages) -> Decision:
        """Keep."""
        return Keep()


class CopyYourself(Exploit):
    """Each member keeps its weights, and its hyperparameters are varied all the same."""

    def __call__(self, rng: numpy.random.Generator, member: Member, lineages: Lineages) -> Decision:
        """Copy the member onto itself: after a copy comes an exploration."""
        return CopyFrom(member.key)


@dataclass(frozen=True)
class Nudge(Explore):
    """Add a uniform number between −width and width to each hyperparameter, within its bounds."""

    width: float = 0.3

    def __call__(
        self, rng: numpy.random.Generator, space: Space, params: Params, fork: Fork
    ) -> dict[str, Value]:
        """Nudge."""
        return {
            name: dimension.tidy(params[name] + rng.uniform(-self.width, self.width))
            for name, dimension in space.items()
        }


# The worse of the two copies the better one.
COPY_THE_BETTER = TruncateExploit(
    min_forking_population=2, truncation_quantile=0.5, candidate_pool_ratio=0.5
)
WAYS: dict[str, tuple[Exploit, Explore | None]] = {
    "PBT": (COPY_THE_BETTER, Nudge()),
    "explore only": (CopyYourself(), Nudge()),
    "exploit only": (COPY_THE_BETTER, None),
    "grid search": (NeverCopy(), None),
}
COLOURS = {
    "PBT": "#c0392b",
    "explore only": "#2471a3",
    "exploit only": "#b7950b",
    "grid search": "#34495e",
}


@dataclass(frozen=True)
class Run:
    """What came of one run: the population, and the θ that each member reached."""

    lineages: Lineages
    thetas: dict[str, numpy.ndarray]

    @property
    def best(self) -> float:
        """Q of the better member after all steps."""
        return max(q(self.thetas[m.key]) for m in self.lineages.completed_at(GENERATIONS))


def run(exploit: Exploit, explore: Explore | None, seed: int) -> Run:
    """Train two members for 200 steps."""
    engine = Engine(SPACE, 2, GENERATIONS, exploit, explore, seed=str(seed))
    members = [
        engine.insert("horizontal", {"h0": 1.0, "h1": 0.0}),
        engine.insert("vertical", {"h0": 0.0, "h1": 1.0}),
    ]
    thetas: dict[str, numpy.ndarray] = {}
    while members:
        for member in members:
            weights = START if member.parent is None else thetas[member.parent]
            thetas[member.key] = climb(weights, member.params)
            engine.tell(member.key, -q(thetas[member.key]))  # the engine minimises
        members = engine.ask(2)
    return Run(engine.lineages, thetas)


def draw(runs: dict[str, list[Run]]) -> go.Figure:
    """Return how each way goes: the paths of both members, and how far Q is from its limit."""
    figure = make_subplots(
        rows=2,
        cols=4,
        specs=[[{}] * 4, [{"colspan": 4}, None, None, None]],
        subplot_titles=list(runs),
        horizontal_spacing=0.035,
        vertical_spacing=0.14,
    )
    for column, (name, found) in enumerate(runs.items(), 1):
        shown = sorted(found, key=lambda one: one.best)[len(found) // 2]
        figure.add_trace(_hill(), row=1, col=column)
        for trace in _paths(shown, COLOURS[name]):
            figure.add_trace(trace, row=1, col=column)
        for one in found:
            figure.add_trace(_distance(one, name, one is shown), row=2, col=1)
        axis = {"range": [0, 1], "tickvals": [0, 0.5, 1], "row": 1, "col": column}
        figure.update_xaxes(title={"text": "θ0", "standoff": 4}, **axis)
        figure.update_yaxes(title={"text": "θ1" if column == 1 else "", "standoff": 4}, **axis)
    figure.update_xaxes(title="step", range=[0, STEPS], row=2, col=1)
    figure.update_yaxes(title="1.2 − Q of the better member", row=2, col=1)
    figure.update_yaxes(type="log", dtick=1, tickformat="~g", row=2, col=1)
    figure.update_layout(
        template="simple_white",
        width=1200,
        height=850,
        title="Two members, each blind to one side of the hill (Jaderberg et al. 2017, figure 2)",
        legend={"x": 0.02, "y": 0.03, "title": "Q at the end, of the median seed"},
        margin={"t": 100, "b": 60, "l": 80, "r": 30},
    )
    return figure


def _hill() -> go.Contour:
    side = numpy.linspace(0, 1, 41)
    height = 1.2 - (side[None, :] ** 2 + side[:, None] ** 2)
    return go.Contour(
        x=side,
        y=side,
        z=height,
        colorscale=[[0, "#bdbdbd"], [1, "#ffffff"]],
        contours={"size": 0.2, "start": -0.8, "end": 1.2},
        line={"width": 0.5, "color": "white"},
        showscale=False,
        hoverinfo="skip",
    )


def _paths(one: Run, colour: str) -> list[go.Scatter]:
    traces = []
    for last, symbol in zip(one.lineages.members_at(GENERATIONS), ("circle", "diamond-open")):
        line = one.lineages.line(last.key)
        points = numpy.array([START, *(one.thetas[member.key] for member in line)])
        traces.append(
            go.Scatter(
                x=points[:, 0],
                y=points[:, 1],
                mode="lines+markers",
                line={"color": colour, "width": 1, "dash": "dot"},
                marker={"color": colour, "size": 6, "symbol": symbol},
                showlegend=False,
            )
        )
    return traces


def _distance(one: Run, name: str, is_shown: bool) -> go.Scatter:
    generations = range(GENERATIONS + 1)
    best = [
        max(q(one.thetas[member.key]) for member in one.lineages.completed_at(generation))
        for generation in generations
    ]
    return go.Scatter(
        x=[0, *((generation + 1) * READY for generation in generations)],
        y=[1.2 - value for value in (q(START), *best)],
        name=f"{name}: {best[-1]:.3f}",
        line={
            "color": COLOURS[name],
            "width": 3 if is_shown else 0.5,
            "dash": "dash" if name == "grid search" else "solid",
        },
        opacity=1 if is_shown else 0.5,
        showlegend=is_shown,
        mode="lines",
    )


def main() -> None:
    """Compare the four ways: print a table and draw the figure."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="runs of each way")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    options = parser.parse_args()

    runs: dict[str, list[Run]] = {}
    print(f"Q of the better member after {STEPS} steps, {options.seeds} seeds (the limit is 1.2)")
    print(f"{'':14}{'median':>8}{'worst':>8}{'best':>8}")
    for name, (exploit, explore) in WAYS.items():
        runs[name] = [run(exploit, explore, seed) for seed in range(options.seeds)]
        found = [one.best for one in runs[name]]
        print(f"{name:14}{numpy.median(found):8.3f}{min(found):8.3f}{max(found):8.3f}")
    oracle = q(START * (1 - 2 * LEARNING_RATE) ** STEPS)
    print(f"{'h = (1, 1)':14}{oracle:8.4f}  (knows the true slope)")

    figure = draw(runs)
    options.out.mkdir(parents=True, exist_ok=True)
    figure.write_html(options.out / "figure2.html")
    figure.write_image(options.out / "figure2.png", scale=1.5)
    print(f"drawn: {options.out / 'figure2.png'} and .html")


if __name__ == "__main__":
    main()
