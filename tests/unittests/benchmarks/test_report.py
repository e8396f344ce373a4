"""The table, the verdicts, the CSV file and the picture, from results made by hand."""

from __future__ import annotations

import csv

import pytest
from search_quality import drawing, report
from search_quality.measuring import Job, Result, make_jobs

SCORES = {
    ("A", "default"): [1.19951] * 8,
    ("A", "reference"): [1.19] * 8,
    ("A", "random"): [1.2] * 8,
    ("C", "default"): [90.0 + seed for seed in range(8)],
    ("C", "reference"): [90.0 + (-1) ** seed + seed for seed in range(8)],
}


@pytest.fixture
def results():
    return [
        Result(Job(letter, setting, seed), score, score - 10 if letter == "C" else None, 1.0, 0.5)
        for (letter, setting), scores in SCORES.items()
        for seed, score in enumerate(scores)
    ]


def test_jobs_cover_all_and_begin_with_the_slow_task():
    jobs = make_jobs(["A", "H"], ["default", "random"], None, 5)
    assert len(set(jobs)) == len(jobs) == 2 * (20 + 6)
    assert {job.task for job in jobs[:12]} == {"H"}
    assert {job.seed for job in jobs[:12]} == set(range(5, 11))
    assert len(make_jobs(["A", "H"], ["default"], 3, 0)) == 6


def test_the_table(results):
    lines = list(report.table(report.summarise(results)))
    assert lines == [
        "\nA quadratic: target 1.199, limit 1.1995, 8 seeds",
        "                        score  95 % interval       budget  target",
        "  default              1.1995  [1.1995, 1.1995]    1.00    met",
        "  reference            1.1900  [1.1900, 1.1900]    1.00    -",
        "  random               1.2000  [1.2000, 1.2000]    1.00",
        "\nC triangle: target 95, limit 99.5, 8 seeds",
        "                        score  95 % interval       budget  target      again  "
        "95 % interval",
        *lines[-2:],
    ]
    cells = lines[-2].replace("[", "").replace("]", "").split()
    score, low, high, budget, met, again = cells[1:7]
    assert (score, budget, met, again) == ("93.5", "1.00", "-", "83.5")
    assert 90 <= float(low.strip(",")) < 93 < float(high) <= 97


def test_who_meets_the_targets(results):
    assert list(report.targets(report.summarise(results))) == [
        "  A  1 of 2, the best is default: 1.1995",
        "  C  0 of 2, the best is default: 93.5",
    ]


def test_a_difference_is_told_apart_from_luck(results):
    rows = report.summarise(results)
    found = list(report.comparison(rows, "default", "reference"))
    assert [line.split()[0] for line in found] == ["A", "C"]
    assert found[0].split()[1] == "+0.0095"
    assert found[0].endswith("above")
    assert found[1].endswith("no difference")
    turned = list(report.comparison(rows, "reference", "default"))
    assert turned[0].endswith("below")
    assert list(report.comparison(rows, "default", "random")) != []
    assert list(report.comparison(rows, "default", "unknown")) == []


def test_few_seeds_tell_nothing(results):
    few = [one for one in results if one.job.seed < 4]
    (line, _) = report.comparison(report.summarise(few), "default", "reference")
    assert line.endswith("too few seeds to tell")


def test_the_overview_has_a_row_a_setting(results):
    assert list(report.overview(report.summarise(results))) == [
        "| | A | C |",
        "| --- | ---: | ---: |",
        "| default | **1.1995** | 93.5 (83.5) |",
        "| reference | 1.1900 | 93.5 (83.5) |",
        "| random | 1.2000 |  |",
        "| *target* | 1.1990 | 95.0 |",
        "| *limit* | 1.1995 | 99.5 |",
    ]


def test_the_csv_has_a_line_a_run(results, tmp_path):
    report.write_csv(tmp_path / "runs.csv", results)
    with (tmp_path / "runs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(results)
    assert rows[-1] == {
        "task": "C",
        "setting": "reference",
        "seed": "7",
        "score": "96.0",
        "again": "86.0",
        "budget": "1.0000",
        "seconds": "0.500",
    }


def test_the_picture_has_a_panel_a_task_and_a_point_a_setting(results):
    figure = drawing.draw(report.summarise(results))
    assert [one.text for one in figure.layout.annotations] == ["A quadratic", "C triangle"]
    points = {
        (trace.xaxis, trace.marker.symbol, name): x
        for trace in figure.data
        for name, x in zip(trace.y, trace.x)
    }
    assert {(axis, symbol, name): round(x, 3) for (axis, symbol, name), x in points.items()} == {
        ("x", "circle", "default"): 1.2,
        ("x", "circle", "reference"): 1.19,
        ("x", "circle", "random"): 1.2,
        ("x2", "circle", "default"): 93.5,
        ("x2", "circle", "reference"): points["x2", "circle", "reference"],
        ("x2", "circle-open", "default"): 83.5,
        ("x2", "circle-open", "reference"): points["x2", "circle-open", "reference"],
    }
    assert len(figure.layout.shapes) == 4  # target and limit


@pytest.mark.filterwarnings("ignore:setDaemon")  # kaleido's
def test_a_page_and_a_picture_are_written(results, tmp_path):
    figure = drawing.draw(report.summarise(results))
    drawing.save(figure, tmp_path / "quality.html")
    assert "C triangle" in (tmp_path / "quality.html").read_text(encoding="utf-8")
    drawing.save(figure, tmp_path / "quality.svg")
    assert (tmp_path / "quality.svg").read_text(encoding="utf-8").startswith("<svg")
