"""What goes on in a population, as text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orion_pbt.console.overview import Level, Overview, Worker, format_line, format_overview
from orion_pbt.population import Member

BEST = Member("a" * 32, {"/lr": 0.1, "/momentum": 0.95}, 1, objective=0.125)
OVERVIEW = Overview(
    title="exp-v1",
    fidelity="epochs",
    population_size=4,
    levels=(Level(0, 10, 4, 0, 0, 0.5), Level(1, 20, 2, 1, 1, 0.125), Level(2, 30, 0, 0, 0, None)),
    workers=(
        Worker("b" * 32, 1, "host:12", 75.0, 3.0),
        Worker("c" * 32, None, None, None, 4000.0, is_lost=True),
    ),
    broken=1,
    best=BEST,
    rate=2.5,
    seconds_left=144.0,
    exploits=("generation 0: x gave up for y", "generation 0: z gave up for y"),
    given_up=("Member m was given up: 7 next trials broke.",),
)


def test_all_there_is_to_see():
    assert format_overview(OVERVIEW, 100) == [
        "exp-v1 · 6 of 12 completed · 2 running · 1 broken · 2.5 a minute · 2 min 24 s left",
        "best 0.125 · aaaaaaa of generation 1 · lr=0.1 momentum=0.95",
        "",
        "generation     epochs  █▒░· completed, running, waiting, later",
        "         0         10  ████     4  best 0.5",
        "         1         20  ██▒░     2  best 0.125",
        "         2         30  ····     0",
        "",
        "running",
        "  bbbbbbb of generation 1 · host:12 · for 1 min 15 s · last sign of life 3 s ago",
        "  ccccccc · last sign of life 1 h 6 min ago, lost",
        "",
        "recent exploits",
        "  generation 0: x gave up for y",
        "  generation 0: z gave up for y",
        "",
        "given up",
        "  Member m was given up: 7 next trials broke.",
    ]


def test_before_anything_happened():
    overview = Overview("exp-v1", "epochs", 2, (Level(0, 1, 0, 0, 0, None),))
    assert format_overview(overview, 100) == [
        "exp-v1 · 0 of 2 completed · 0 running · 0 broken · pace not known",
        "best –",
        "",
        "generation     epochs  █▒░· completed, running, waiting, later",
        "         0          1  ··     0",
        "",
        "no trial is running",
    ]


def test_at_the_end_there_is_no_pace():
    head = format_overview(replace(OVERVIEW, is_done=True), 100)[0]
    assert head == "exp-v1 · 6 of 12 completed · 2 running · 1 broken · done"


@pytest.mark.parametrize("height", range(1, 60))
def test_it_fits(height):
    many = replace(
        OVERVIEW,
        levels=tuple(Level(g, 10 * g + 10, 4 if g < 30 else 0, 0, 0, None) for g in range(50)),
        workers=OVERVIEW.workers * 20,
    )
    lines = format_overview(many, height)
    assert len(lines) <= height
    assert lines[0].startswith("exp-v1 · 120 of 200")
    if height >= 20:  # what is under way is seen, and that there is more
        assert any(line.split()[:2] == ["30", "310"] for line in lines)
        assert any(line.split()[:2] == ["0", "to"] and "done" in line for line in lines)
        assert "more" in lines[lines.index("running") - 2] or height > 45
        assert lines[lines.index("recent exploits") - 2].startswith("  … and ")
        assert lines[-2] == "given up"


def test_large_populations_are_drawn_to_scale():
    level = Level(0, 10, 500, 250, 125, None)
    (line,) = [
        line
        for line in format_overview(replace(OVERVIEW, population_size=1000, levels=(level,)), 99)
        if "█████" in line
    ]
    assert line.split()[2] == "█" * 20 + "▒" * 10 + "░" * 5 + "·" * 5


def test_one_trained_again_counts_once():
    overview = replace(OVERVIEW, levels=(Level(0, 10, 6, 0, 0, None),))
    assert (overview.completed, overview.total) == (4, 4)


class TestLine:
    def test_it_is_short(self):
        assert format_line(OVERVIEW) == (
            "exp-v1 6/12 · 2 running · 1 broken · best 0.125 · 1 given up"
        )
        assert format_line(replace(OVERVIEW, is_done=True)).endswith("· 1 given up · done")

    def test_time_alone_does_not_change_it(self):
        workers = tuple(replace(worker, running=999.0, silent=99.0) for worker in OVERVIEW.workers)
        later = replace(OVERVIEW, workers=workers, rate=1.0, seconds_left=1.0)
        assert format_line(later) == format_line(OVERVIEW)
