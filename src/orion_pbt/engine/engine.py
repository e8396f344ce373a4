"""Ask and tell: which members to train next, and what came of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Callable, ClassVar

from orion_pbt.engine.barrier import Barrier
from orion_pbt.engine.branching import Branching, KeyOf, content_key
from orion_pbt.engine.history import History
from orion_pbt.engine.randomness import generator
from orion_pbt.engine.starts import ROOT_DRAWS, Starts
from orion_pbt.errors import ConfigurationError, bad_setting
from orion_pbt.exploit import CopyFrom, Decision, Exploit, Keep, Wait
from orion_pbt.explore import Explore
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, is_rankable, rank
from orion_pbt.space import Params, Space


class Engine:
    """Population based training, asynchronous, as ask and tell.

    Jaderberg et al. 2017 (arXiv 1711.09846, algorithm 1), in the stateless form of Li et al. 2019
    (arXiv 1902.01894): a member of each generation is one trial with a parent checkpoint, and any
    process that holds the state may make the next decision.

    Parameters
    ----------
    space:
        The hyperparameters, without the fidelity.
    population_size:
        Number of members trained side by side, at least 2.
    generations:
        Number of branchings; members of the generations 0 to `generations` are trained.
    exploit:
        The rule that decides whether a member goes on or copies another.
    explore:
        The operator that varies the hyperparameters of a copy; None leaves them as they are.
    barrier:
        Makes a generation wait until it is complete; None to decide about each member as soon as
        the exploit rule can. (A rule may need its whole generation; see `Exploit`.)
    initial:
        Where roots are drawn from, if not from the whole space.
    initial_points:
        Hyperparameters of the first roots; what they leave out is drawn, and so are the others.
    mutation:
        What may be varied, and in which ranges, if not all in the whole space.
    seed:
        Randomness is derived from it and from the decision alone.
    key_of:
        Names a member from what makes it.
    max_retries:
        How often a member whose next trial breaks is decided again. After that it copies another
        member, as often again, and then it is given up.

    Raises
    ------
    ConfigurationError
        If the settings cannot work together.
    """

    fewest: ClassVar[int] = 2
    """The smallest population there can be."""

    def __init__(
        self,
        space: Space,
        population_size: int,
        generations: int,
        exploit: Exploit,
        explore: Explore | None,
        seed: str = "0",
        key_of: KeyOf = content_key,
        max_retries: int = 3,
        *,
        barrier: Barrier | None = None,
        initial: Space | None = None,
        initial_points: Sequence[Params] = (),
        mutation: Space | None = None,
    ) -> None:
        self._initial = space if initial is None else initial
        check_population(self._initial, population_size, self.fewest)
        exploit.check(population_size)
        if explore is not None:
            explore.check(space)
        self.space = space
        self.population_size = population_size
        self.generations = generations
        self.exploit = exploit
        self.mutation = space if mutation is None else mutation
        self.max_retries = max_retries
        self.barrier = barrier
        self._starts = Starts(self._initial, initial_points, explore)
        self._starts.check(seed, population_size)
        self._history = History(space, population_size, generations, seed)
        self._branching = Branching(space, self.mutation, explore, key_of, self._history)

    @property
    def seed(self) -> str:
        """The seed, which is part of the state; a new one counts for further decisions."""
        return self._history.seed

    @seed.setter
    def seed(self, seed: str) -> None:
        self._history.seed = seed

    @property
    def initial_points(self) -> tuple[Params, ...]:
        """Hyperparameters of the first roots, or some of them each."""
        return self._starts.points

    @property
    def lineages(self) -> Lineages:
        """All members and how they descend from each other."""
        return self._history.lineages

    @property
    def pending(self) -> list[str]:
        """Keys of the members that were asked for and not heard of since, in order."""
        return list(self._history.pending)

    @property
    def undecided(self) -> list[str]:
        """Keys of the completed members that are still to be decided about."""
        return list(self._history.queue)

    @property
    def missing_roots(self) -> int:
        """Number of roots that are still to be drawn."""
        return self._history.missing_roots

    @property
    def insertable_roots(self) -> int:
        """Number of roots that `insert` still takes: as many as the population has, in all.

        Without a limit nobody could say which checkpoints are copied no more: more candidates are
        copied from where more members are compared.
        """
        return max(0, self.population_size - self._history.roots_inserted)

    @property
    def waiting(self) -> dict[str, str]:
        """Members that wait for peers → what each was last found to wait for."""
        return {key: reason for key, reason in self._history.queue.items() if reason}

    @property
    def earlier_versions(self) -> list[str]:
        """Versions of the experiment that the population had its beginning in, in order."""
        return list(self._history.earlier_versions)

    def is_inherited(self, key: str) -> bool:
        """Whether a member was made in an earlier version; `UnknownMember` if there is none."""
        return self._history.is_inherited(key)

    @property
    def recorded_sizes(self) -> tuple[int, int]:
        """Size of the population, and its generations, as the log has them."""
        return self._history.population_size, self._history.generations

    @property
    def stopped(self) -> list[str]:
        """Why members were given up; empty in a healthy run."""
        return list(self._history.stopped)

    @property
    def is_done(self) -> bool:
        """Whether each line completed the last generation or was given up."""
        finished = self.lineages.count_at(self.generations)
        return finished + len(self._history.stopped) >= self.population_size

    @property
    def state(self) -> dict[str, Any]:
        """The whole state as plain data; `restore` takes it."""
        return self._history.state

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state; only what this engine has not seen yet is read.

        Raises
        ------
        StateError
            If the state cannot be read; the engine is unchanged then.
        """
        self._history.restore(state)

    def ask(self, count: int = 1) -> list[Member]:
        """Return up to `count` new members to train; fewer where the others wait for peers.

        Raises
        ------
        ConfigurationError
            If the population was raised to more than this engine's.
        """
        self._history.agree_on(self.population_size, self.generations)
        members: list[Member] = []
        while len(members) < count and self._history.missing_roots > 0:
            root = self._draw_root()
            members += [root] if root is not None else []
        for key in self._to_decide():
            if len(members) >= count:
                break
            child = self._carry_out(key, self._decide(key))
            members += [child] if child is not None else []
        if not members and not self._history.pending:
            members = self._go_on_without_peers(count)
        return members

    def tell(self, key: str, objective: float, reported: float | None = None) -> bool:
        """Record that a member was completed.

        Parameters
        ----------
        key:
            A member that was asked for or inserted.
        objective:
            What is minimised; may be infinite or NaN.
        reported:
            What a person should read instead, if anything.

        Returns
        -------
        bool
            Whether this was news; a result that is told again changes nothing.

        Raises
        ------
        UnknownMember
            If there is no such member.
        """
        return self._history.complete(key, objective, reported)

    def fail(self, key: str) -> bool:
        """Record that a member broke; see `tell`."""
        return self._history.break_(key)

    def insert(self, key: str, params: Params) -> Member:
        """Add a root of the user's own, unless it is there.

        It takes the place of a root that is still to be drawn. Where none is, it is there to be
        copied only, until a place comes free.

        Raises
        ------
        ConfigurationError
            If there are as many inserted ones as the population has members.
        """
        if key in self.lineages:
            return self.lineages[key]
        if not self.insertable_roots:
            raise ConfigurationError(
                f"Root {key!r} is one too many: a population of {self.population_size} takes as "
                "many inserted roots, and has them. Raise population_size."
            )
        self._history.agree_on(self.population_size, self.generations)
        return self._history.add_root(key, params, drawn=False)

    def before(
        self,
        key: str,
        observed: Callable[[Explore | None], Explore | None] = lambda explore: explore,
    ) -> Engine:
        """Return an engine as this one was just before a member was made, to be looked at.

        Parameters
        ----------
        key:
            The member.
        observed:
            Returns what stands in for the explore operator.

        Raises
        ------
        UnknownMember
            If there is no such member.
        """
        earlier = copy.copy(self)
        earlier._history = self._history.before(key)
        earlier._branching = self._branching.of(earlier._history, observed)
        earlier.population_size = earlier._history.population_size
        earlier.generations = earlier._history.generations
        return earlier

    def redo(self, key: str) -> tuple[Decision, Member | None]:
        """Decide about one member, as `ask` does, and return what follows.

        Returns
        -------
        tuple
            The decision, and the member that it made. One that waits goes on as if nobody were
            left to wait for.
        """
        decision = self._decide(key)
        child = self._carry_out(key, decision)
        if isinstance(decision, Wait):
            child = self._go_alone(key, decision.reason)
        return decision, child

    def copied(self, decision: CopyFrom) -> Params:
        """Return the hyperparameters that a copy starts from, before they are varied."""
        return self._branching.copied(decision)

    def _to_decide(self) -> list[str]:
        """Return the members to be decided about, the earliest generation first, then by key.

        Not in the order of arrival: two forks of one donor may be given the same hyperparameters,
        where the later one has to vary them once more, and who that is must not hang on chance.
        """
        lineages = self.lineages
        return sorted(self._history.queue, key=lambda key: (lineages[key].generation, key))

    def _draw_root(self) -> Member | None:
        history = self._history
        if history.roots_broken > self.population_size * self.max_retries:
            history.stop(None, f"No root could be trained: {history.roots_broken} of them broke.")
            return None
        for params in self._starts.draws(self.seed, history.roots_drawn):
            key = self._branching.key_of(params, 0, None, None)
            if key not in self.lineages:
                return history.add_root(key, params, drawn=True)
        history.stop(None, f"{ROOT_DRAWS} draws from the prior gave no new root.")
        return None

    def _decide(self, key: str) -> Decision:
        member = self.lineages[key]
        barrier = self.barrier
        if barrier is None and self.exploit.needs_generation(member, self.lineages):
            barrier = Barrier()
        if barrier is not None:
            size = self.population_size
            missing = barrier.missing(self._history, member.generation, size)
            if missing:
                return Wait(f"{missing} more to complete generation {member.generation}")
        attempt = len(self.lineages.successors(key))
        rng = generator(self.seed, "exploit", key, attempt)
        if attempt > self.max_retries:
            return self._copy_another(member)
        decision = self.exploit(rng, member, self.lineages)
        if isinstance(decision, Keep) and attempt:
            decision = CopyFrom(key)  # going on unchanged broke, so go on with a variation
        return self._with_files(member, decision)

    def _with_files(self, member: Member, decision: Decision) -> Decision:
        """Return another decision where the files that this one starts from may be gone."""
        if isinstance(decision, Wait):
            return decision
        source = decision.key if isinstance(decision, CopyFrom) else member.key
        if source not in self._history.doubtful:
            return decision
        was_replaced = any(child.base for child in self.lineages.successors(member.key))
        if source == member.key and not was_replaced:
            return decision
        other = self._copy_another(member)
        return decision if isinstance(other, Wait) else other

    def _copy_another(self, member: Member) -> Decision:
        """Decide for a member that broke too often: copy the best of its peers."""
        peers = [
            peer
            for peer in self.lineages.completed_at(member.generation)
            if peer.key != member.key and peer.key not in self._history.doubtful
            if is_rankable(peer)
        ]
        if not peers:
            return Wait(f"another member to complete generation {member.generation}")
        return CopyFrom(min(peers, key=rank).key)

    def _carry_out(
        self, key: str, decision: Decision, hope: str = "a next trial that is new"
    ) -> Member | None:
        attempt = len(self.lineages.successors(key))
        if isinstance(decision, Wait):
            self._history.queue[key] = decision.reason
            return None
        if attempt > 2 * self.max_retries:
            self._history.stop(key, f"Member {key} was given up: {attempt} next trials broke.")
            return None
        child = None
        if isinstance(decision, CopyFrom):
            child = self._branching.copy(key, decision, attempt)
        if child is None and not attempt:
            child = self._branching.keep(key)
        if child is None:
            self._history.stop(key, f"Member {key} was given up: there is no hope for {hope}.")
        return child

    def _go_on_without_peers(self, count: int) -> list[Member]:
        """Let members go on that wait for peers, where none is being trained any more.

        This happens after others were given up: the population became smaller than it was meant
        to be.
        """
        members: list[Member] = []
        for key in self._to_decide():
            if len(members) >= count:
                break
            child = self._go_alone(key, self._history.queue[key])
            members += [child] if child is not None else []
        return members

    def _go_alone(self, key: str, reason: str) -> Member | None:
        attempt = len(self.lineages.successors(key))
        varied = 0 < attempt <= self.max_retries  # going on unchanged broke
        decision = self._with_files(self.lineages[key], CopyFrom(key) if varied else Keep())
        return self._carry_out(key, decision, reason)


def check_population(space: Space, population_size: int, fewest: int = 2) -> None:
    """Raise where there can be no population of this size.

    Raises
    ------
    ConfigurationError
        Naming the setting, its value, the rule and the remedy.
    """
    is_whole = isinstance(population_size, int) and not isinstance(population_size, bool)
    if not is_whole or population_size < fewest:
        raise bad_setting(
            "population_size",
            population_size,
            f"members learn from each other, so it must be a whole number of at least {fewest}",
            "Set it to e.g. 8.",
        )
    if not space:
        raise bad_setting(
            "The search space",
            list(space),
            "it needs a hyperparameter beside the fidelity",
            "Add one, e.g. --lr~'loguniform(1e-5, 1)'.",
        )
    if space.cardinality < population_size:
        raise bad_setting(
            "population_size",
            population_size,
            f"the search space has only {space.cardinality:.0f} points to start from",
            "Lower it, or add a hyperparameter.",
        )
