"""How much of a winner's gain was its schedule, and how much was that it was selected."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Any

from orion_pbt.console.replays import ends_of
from orion_pbt.engine import Engine
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status
from orion_pbt.replaying.plan import algorithm_of


@dataclass(frozen=True)
class Scores:
    """Scores of members that were trained alike, to the same fidelity.

    Parameters
    ----------
    values:
        The scores, maybe none.
    """

    values: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        """The mean; None of no scores."""
        return statistics.fmean(self.values) if self.values else None

    @property
    def spread(self) -> float | None:
        """The standard deviation; None of less than two scores, or if one is not finite."""
        if len(self.values) < 2 or not all(map(math.isfinite, self.values)):
            return None
        return statistics.stdev(self.values)

    @property
    def error(self) -> float | None:
        """The standard error of the mean; None where there is no spread."""
        return None if self.spread is None else self.spread / math.sqrt(len(self.values))


@dataclass(frozen=True)
class Comparison:
    """A winner, replays of its schedule, and what is trained without population based training.

    Parameters
    ----------
    winner:
        The score of the trial in its population; None if it has none.
    replays:
        The scores of the replays.
    baseline:
        The scores of the baseline.
    kind:
        What the baseline is: ``'constant'``, ``'kept'`` or ``'none'``.
    is_same_budget:
        Whether the replays were trained as long as the winner; if not, their scores do not say how
        much of its gain was the schedule.
    maximised:
        Whether a larger score is better.
    """

    winner: float | None
    replays: Scores
    baseline: Scores
    kind: str
    is_same_budget: bool = True
    maximised: bool = False

    @property
    def gain(self) -> float | None:
        """How much better the winner is than the mean of the baseline; None if nobody knows."""
        return None if self.winner is None else self._better_than_baseline(self.winner)

    @property
    def schedule_gain(self) -> float | None:
        """How much better the mean of the replays is than that of the baseline; None if unknown.

        Lines of the population were not trained longer with the replays, so they do not count then.
        """
        mean = self.replays.mean
        is_alike = self.is_same_budget or self.kind == "constant"
        return self._better_than_baseline(mean) if is_alike and mean is not None else None

    @property
    def schedule_share(self) -> float | None:
        """The share of the gain that replaying the schedule gives; None if it cannot be told.

        There has to be a gain, and replays that were trained as long as the winner.
        """
        gain, replayed = self.gain, self.schedule_gain
        if not self.is_same_budget or gain is None or gain <= 0 or replayed is None:
            return None
        return replayed / gain

    @property
    def share_error(self) -> float | None:
        """The standard error of the share, None where that of a mean is not known.

        To first order in the errors of both means, for the winner's score as it is.
        """
        gain, share = self.gain, self.schedule_share
        if (
            gain is None
            or share is None
            or self.replays.error is None
            or self.baseline.error is None
        ):
            return None
        return math.hypot(self.replays.error, (1 - share) * self.baseline.error) / gain

    def _better_than_baseline(self, score: float) -> float | None:
        baseline = self.baseline.mean
        if baseline is None or not math.isfinite(baseline) or not math.isfinite(score):
            return None
        return score - baseline if self.maximised else baseline - score


def compare(population: Any, replay: Any, baseline: Any = None) -> Comparison:
    """Return what came of a replay.

    Parameters
    ----------
    population, replay, baseline: orion.client.experiment.ExperimentClient
        The experiments. The baseline is a replay with the hyperparameters of the schedule's first
        stage throughout; without one it is the lines of the population that were trained alone.
    """
    before, after = algorithm_of(population), algorithm_of(replay)
    winner = before.lineages[after.configuration["replay"]["trial"]]
    if baseline is not None:
        scores, kind = _final_scores(algorithm_of(baseline).engine), "constant"
    else:
        scores = kept_lines(before.lineages, winner.generation)
        kind = "kept" if scores.values else "none"
    return Comparison(
        winner.score,
        _final_scores(after.engine),
        scores,
        kind,
        is_same_budget=after.schedule.high == before.schedule.fidelity(winner.generation),
        maximised=winner.reported is not None,
    )


def kept_lines(lineages: Lineages, generation: int) -> Scores:
    """Return the scores, in a generation, of the lines that were trained alone until there.

    They never copied another and never changed their hyperparameters.
    """
    completed = [m for m in lineages.members_at(generation) if m.status is Status.COMPLETED]
    return Scores(tuple(_score(member) for member in completed if _is_kept(lineages, member)))


def _is_kept(lineages: Lineages, member: Member) -> bool:
    line = lineages.line(member.key)
    return all(m.base is None and repr(m.params) == repr(line[0].params) for m in line)


def _final_scores(replay: Engine) -> Scores:
    ends = ends_of(replay).values()
    return Scores(tuple(_score(end) for end in ends if end.generation == replay.generations))


def _score(member: Member) -> float:
    return math.nan if member.score is None else member.score
