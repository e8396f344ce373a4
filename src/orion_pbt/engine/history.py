"""What happened to a population so far: the log, and what follows from it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from orion_pbt.engine import log
from orion_pbt.errors import StateError, bad_setting
from orion_pbt.lineage import Lineages
from orion_pbt.population import Member, Status, rank
from orion_pbt.space import Space


class History:
    """The log of a population and what follows from it.

    Everything here is a fold over the log: recording an event and replaying it later, in another
    process, change the same things in the same way.

    Parameters
    ----------
    space:
        The hyperparameters, to read and write their values.
    population_size, generations:
        Of a log that does not say it.
    seed:
        The experiment's seed, which is part of the state.
    """

    def __init__(self, space: Space, population_size: int, generations: int, seed: str) -> None:
        self._space = space
        self._sizes = population_size, generations
        self.seed = seed
        self._clear()

    def _clear(self) -> None:
        self.lineages = Lineages()
        self.population_size, self.generations = self._sizes
        """Number of lines (further roots are guests, there to be copied only) and of branchings (a
        member of the last generation is not decided about)."""
        self.queue: dict[str, str] = {}
        """Members to be decided about, in order → what they were last found to wait for."""
        self.pending: dict[str, None] = {}
        """Members to be trained, in order."""
        self.stopped: list[str] = []
        """Why members were given up."""
        self.missing_roots = self.population_size
        """Roots still to be drawn."""
        self.roots_drawn = 0
        self.roots_inserted = 0
        self.roots_broken = 0
        self.earlier_versions: list[str] = []
        """Versions of the experiment that the population had its beginning in, in order."""
        self._inherited = 0
        self.doubtful: set[str] = set()
        """Completed members that are compared with others, but whose checkpoint may be gone."""
        self._guests: list[str] = []
        self._keys: list[str] = []
        self._numbers: dict[str, int] = {}
        self._lines: list[str] = []

    @property
    def state(self) -> dict[str, Any]:
        """The whole state as plain data; `restore` takes it."""
        return {"schema": log.SCHEMA, "seed": self.seed, "log": self._text()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state; only the part of its log that is new here is read.

        Raises
        ------
        StateError
            If the state cannot be read; nothing is changed then.
        """
        schema = state.get("schema") if isinstance(state, Mapping) else None
        if schema != log.SCHEMA:
            raise StateError(
                f"The saved state has schema {schema!r}, and this version of orion-pbt reads "
                f"schema {log.SCHEMA}. Use the version that wrote it, or start a new experiment."
            )
        seed, text = state.get("seed"), state.get("log")
        if not isinstance(seed, str) or not isinstance(text, str):
            raise StateError("The saved state lacks its seed or its log.")
        before, reasons = self._text(), self.queue.copy()
        # It is the same text where no other process wrote meanwhile; a long one takes its time.
        goes_on = seed == self.seed and (text is before or text.startswith(before))
        events = log.read(text[len(before) :] if goes_on else text)
        if not goes_on:
            self._clear()
        try:
            self._replay(events)
        except StateError:
            self._clear()
            self._replay(log.read(before))
            self._lines, self.queue = [before], reasons
            raise
        self._lines, self.seed = [text], seed

    def is_inherited(self, key: str) -> bool:
        """Whether a member was made in an earlier version of the experiment.

        Raises
        ------
        UnknownMember
            If there is no such member.
        """
        self.lineages.node(key)
        return self._numbers[key] < self._inherited

    def before(self, key: str) -> History:
        """Return the history up to the event that made a member.

        Raises
        ------
        UnknownMember
            If there is no such member.
        """
        self.lineages.node(key)
        text = self._text()
        # Inside of any text that JSON holds, the quotes would have a backslash.
        found = text.index(f'"k":{json.dumps(key)}')
        earlier = copy.copy(self)
        earlier._clear()
        start = text.rfind("\n", 0, found) + 1
        earlier.restore({**self.state, "log": text[:start]})
        return earlier

    # -- recording -----------------------------------------------------------------------------

    def agree_on(self, population_size: int, generations: int) -> None:
        """Record how large the population is, and where it is raised.

        Raises
        ------
        ConfigurationError
            If it was raised by another, to more than this.
        """
        wanted, known = (population_size, generations), (self.population_size, self.generations)
        if self.lineages.height and wanted == known:
            return
        for setting, new, old in zip(("population_size", "generations"), wanted, known):
            if new < old:
                raise bad_setting(
                    setting,
                    new,
                    f"this experiment has {old} by now, and it cannot be lowered",
                    f"Set it to {old}.",
                )
        if wanted != known or not self._text():
            self._record({"e": "size", "n": population_size, "g": generations})

    def add_root(self, key: str, params: Any, *, drawn: bool) -> Member:
        """Record a root, drawn from the prior or inserted by the user."""
        kind = "root" if drawn else "insert"
        self._record({"e": kind, "k": key, "x": self._space.encode(params)})
        return self.lineages[key]

    def add_child(self, key: str, params: Any, parent: str, base: str | None) -> Member:
        """Record a member that a decision made."""
        event: log.Event = {"e": "child", "k": key, "p": self._numbers[parent]}
        if base is not None:
            event["b"] = self._numbers[base]
        code = self._space.encode(params)
        if repr(code) != repr(self._space.encode(self.lineages[parent].params)):
            event["x"] = code  # by repr, as 1, 1.0 and True are equal
        self._record(event)
        return self.lineages[key]

    def complete(self, key: str, objective: float, reported: float | None) -> bool:
        """Record a result; False where the member had one already."""
        event: log.Event = {"e": "done", "o": float(objective)}
        if reported is not None:
            event["r"] = float(reported)
        return self._settle(key, event)

    def break_(self, key: str) -> bool:
        """Record that a member broke; False where it had a result already."""
        return self._settle(key, {"e": "broken"})

    def stop(self, key: str | None, why: str) -> None:
        """Record that a member (None: a root that is still to be drawn) is given up."""
        number = None if key is None else self._numbers[key]
        self._record({"e": "stop", "i": number, "why": why})

    def _settle(self, key: str, event: log.Event) -> bool:
        if self.lineages[key].status is not Status.PENDING:
            return False
        self._record({**event, "i": self._numbers[key]})
        return True

    def _record(self, event: log.Event) -> None:
        line = log.write(event)  # before anything is changed, as it may fail
        self._apply(event)
        self._lines.append(line)

    def _text(self) -> str:
        # Joined when it is asked for: adding a line to a long text would copy it each time.
        self._lines = ["".join(self._lines)]
        return self._lines[0]

    # -- the fold ------------------------------------------------------------------------------

    def _replay(self, events: list[log.Event]) -> None:
        for event in events:
            try:
                self._apply(event)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                raise StateError(f"The log has an impossible event: {event!r}") from error

    def _apply(self, event: log.Event) -> None:
        apply = {
            "size": self._apply_size,
            "root": self._apply_root,
            "insert": self._apply_root,
            "child": self._apply_child,
            "done": self._apply_done,
            "broken": self._apply_broken,
            "stop": self._apply_stop,
            "version": self._apply_version,
        }.get(event["e"])
        if apply is None:
            raise StateError(f"The log has an unknown event {event['e']!r}.")
        apply(event)

    def _apply_size(self, event: log.Event) -> None:
        size, last = self.population_size, self.generations
        self.population_size, self.generations = int(event["n"]), int(event["g"])
        if not self.lineages.height:
            self.missing_roots = self.population_size
            return
        if self.population_size < size or self.generations < last:
            raise ValueError("a population can be raised only")
        self.lineages.archive(self._lowest(last))  # their checkpoints may be gone
        self.missing_roots += self.population_size - size
        if self.generations > last:
            for member in self.lineages.completed_at(last):
                if member.key not in self._guests:
                    self.queue.setdefault(member.key, "")
        if self.population_size > size:  # more of a generation may be copied than before
            self._doubt(last)

    def _doubt(self, last: int) -> None:
        """Note whose checkpoint may be gone, as others were to be copied than are from now on.

        The best of a generation stays in any case, as long as one of it may be decided about.
        """
        for generation in range(self._lowest(last), self.lineages.height):
            for member in sorted(self.lineages.completed_at(generation), key=rank)[1:]:
                if member.key not in self.queue:
                    self.doubtful.add(member.key)

    def _lowest(self, last: int) -> int:
        """Return the lowest generation that may still be decided about."""
        lineages = self.lineages
        ancestors = [lineages.true_ancestor(key) or lineages[key] for key in self.pending]
        keys = [*self.queue, *(ancestor.key for ancestor in ancestors)]
        return min([last, *(lineages[key].generation for key in keys)])

    def _apply_root(self, event: log.Event) -> None:
        self._add(Member(event["k"], self._space.decode(event["x"])))
        self.roots_drawn += event["e"] == "root"
        self.roots_inserted += event["e"] == "insert"
        if self.missing_roots > 0:
            self.missing_roots -= 1
        else:
            self._guests.append(event["k"])

    def _apply_child(self, event: log.Event) -> None:
        parent = self.lineages[self._key(event["p"])]
        base = self._key(event["b"]) if "b" in event else None
        params = self._space.decode(event["x"]) if "x" in event else parent.params
        self._add(Member(event["k"], params, parent.generation + 1, parent.key, base))
        del self.queue[base or parent.key]

    def _apply_done(self, event: log.Event) -> None:
        key = self._key(event["i"])
        del self.pending[key]
        reported = float(event["r"]) if "r" in event else None
        member = self.lineages.complete(key, float(event["o"]), reported)
        if member.generation < self.generations and key not in self._guests:
            self.queue[key] = ""

    def _apply_broken(self, event: log.Event) -> None:
        key = self._key(event["i"])
        del self.pending[key]
        ancestor = self.lineages.break_(key).true_ancestor
        if ancestor is not None:
            self.queue[ancestor] = ""
            return
        self.roots_broken += 1
        if key in self._guests:
            self._guests.remove(key)
        elif self._guests:
            guest = self._guests.pop(0)
            if self.lineages[guest].status is Status.COMPLETED:
                self.queue[guest] = ""
        else:
            self.missing_roots += 1

    def _apply_stop(self, event: log.Event) -> None:
        if event["i"] is None:
            self.missing_roots -= 1
        else:
            del self.queue[self._key(event["i"])]
        self.stopped.append(event["why"])

    def _apply_version(self, event: log.Event) -> None:
        self.earlier_versions.append(str(event["of"]))
        self._inherited = len(self._keys)
        if self.missing_roots <= 0:  # another rule decided which checkpoints were kept
            self.lineages.archive(self._lowest(self.generations))
            self._doubt(self.generations)

    def _key(self, number: int) -> str:
        if number < 0:
            raise LookupError(f"There is no member number {number}.")
        return self._keys[number]

    def _add(self, member: Member) -> None:
        self.lineages.add(member)
        self._numbers[member.key] = len(self._keys)
        self._keys.append(member.key)
        self.pending[member.key] = None
