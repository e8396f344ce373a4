"""A population goes on in a new version, from the log of the earlier one."""

from __future__ import annotations

import pytest

from orion_pbt.engine import Engine, inherited_log
from orion_pbt.errors import UnknownMember
from orion_pbt.exploit import BacktrackExploit, Exploit, TruncateExploit
from orion_pbt.explore import PerturbExplore
from orion_pbt.population import Member
from orion_pbt.space import Categorical, Params, Real, Space

LR = Real("/lr", low=1e-5, high=1, log=True)
SPACE = Space([LR])
WIDER = Space([LR, Categorical("/kind", choices=("plain", "fancy"))])
RULE = TruncateExploit(2, 0.5, 0.5)


def make(
    space: Space = SPACE, seed: str = "s", exploit: Exploit = RULE, factor: float = 1.2
) -> Engine:
    return Engine(space, 4, 6, exploit, PerturbExplore(factor), seed)


def train(engine: Engine, number: int) -> Engine:
    """Train members one by one; the second of each five breaks."""
    for _ in range(number):
        if not engine.pending:
            engine.ask(1)
        key = engine.pending[0]
        if len(engine.lineages) % 5 == 2:
            engine.fail(key)
        else:
            engine.tell(key, float(engine.lineages[key].params["/lr"]))
    return engine


def finish(engine: Engine) -> Engine:
    for _ in range(100):
        if not engine.is_done:
            train(engine, 1)
    assert engine.is_done
    return engine


def same(member: Member) -> tuple[str, Params]:
    return member.key, member.params


def restored(engine: Engine, text: str) -> Engine:
    engine.restore({**engine.state, "log": text})
    return engine


def goes_on(earlier: Engine, later: Engine) -> Engine:
    return restored(later, inherited_log(earlier, later.space, same, "exp-v1"))


def test_nothing_is_lost() -> None:
    earlier = train(make(), 13)
    earlier.ask(2)
    later = goes_on(earlier, make(factor=2.0))
    assert later.state["log"] == earlier.state["log"] + '{"e":"version","of":"exp-v1"}\n'
    assert list(later.lineages) == list(earlier.lineages)
    assert (later.pending, later.undecided) == (earlier.pending, earlier.undecided)
    assert later.missing_roots == earlier.missing_roots
    assert (later.earlier_versions, earlier.earlier_versions) == (["exp-v1"], [])
    assert later.recorded_sizes == (4, 6)


def test_the_new_settings_decide_from_there_on() -> None:
    earlier = train(make(), 13)
    later = goes_on(earlier, make(factor=2.0))
    count = len(later.lineages)
    finish(later)
    made = list(later.lineages)[count:]
    assert {member.parent for member in made} & {member.key for member in earlier.lineages}
    assert all(member.parent is not None for member in made)
    ratios = {
        round(float(fork.params["/lr"]) / float(later.lineages[str(fork.parent)].params["/lr"]), 3)
        for fork in made
        if fork.base is not None
    }
    assert ratios & {2.0, 0.5}
    assert not ratios & {1.2, 0.833}
    assert later.lineages.count_at(6) == 4


def test_it_is_replayed_in_another_process() -> None:
    earlier = train(make(), 13)
    text = inherited_log(earlier, SPACE, same, "exp-v1")
    one, other = restored(make(seed="new"), text), restored(make(seed="new"), text)
    train(one, 12)
    for number in range(12):  # another process takes over each time
        successor = make(seed="whatever")
        successor.restore(other.state)
        other = train(successor, 1)
        assert len(other.lineages) <= len(earlier.lineages) + number + 1
    assert other.state == one.state


def test_members_know_their_version() -> None:
    earlier = train(make(), 9)
    later = train(goes_on(earlier, make()), 3)
    for member in later.lineages:
        assert later.is_inherited(member.key) is (member.key in earlier.lineages)
    third = train(restored(make(), inherited_log(later, SPACE, same, "exp-v2")), 2)
    assert third.earlier_versions == ["exp-v1", "exp-v2"]
    inherited = [member for member in third.lineages if third.is_inherited(member.key)]
    assert len(inherited) == len(later.lineages) < len(third.lineages)
    with pytest.raises(UnknownMember):
        later.is_inherited("nobody")


def test_the_space_may_be_another() -> None:
    earlier = train(make(), 9)
    earlier.ask(1)
    waiting = earlier.pending[-1]

    def adapt(member: Member) -> tuple[str, Params]:
        key = "renamed" if member.key == waiting else member.key
        return key, {**member.params, "/kind": "fancy"}

    later = restored(make(WIDER), inherited_log(earlier, WIDER, adapt, "exp-v1"))
    assert all(member.params["/kind"] == "fancy" for member in later.lineages)
    assert [member.params["/lr"] for member in later.lineages] == [
        member.params["/lr"] for member in earlier.lineages
    ]
    assert later.pending == ["renamed"]
    assert waiting not in later.lineages
    keeps = [line for line in later.state["log"].splitlines() if '"child"' in line]
    assert any('"x"' not in line for line in keeps)  # written once, not in each child
    assert finish(later).lineages.count_at(6) == 4


def test_what_is_over_is_copied_no_more() -> None:
    """The earlier rule let the checkpoints of past generations go."""
    earlier = Engine(SPACE, 4, 6, TruncateExploit(2, 0.5, 0.5), PerturbExplore(), "s")
    train(earlier, 14)
    lowest = min(earlier.lineages[key].generation for key in earlier.undecided)
    assert lowest > 0
    rule = BacktrackExploit(2, 0.5, 0.5, 2)
    later = goes_on(earlier, make(exploit=rule))
    assert all(later.lineages.count_at(generation) == 0 for generation in range(lowest))
    assert later.lineages.count_at(lowest) == earlier.lineages.count_at(lowest) > 0
    count = len(later.lineages)
    train(later, 10)
    donors = [later.lineages[str(member.parent)] for member in list(later.lineages)[count:]]
    assert min(donor.generation for donor in donors) >= lowest


def test_while_roots_are_to_come_their_generation_counts() -> None:
    earlier = make()
    for member in earlier.ask(2):
        earlier.tell(member.key, 1.0)
    later = goes_on(earlier, make())
    assert later.missing_roots == 2
    assert later.lineages.count_at(0) == 2
