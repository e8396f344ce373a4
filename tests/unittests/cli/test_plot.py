"""orion-pbt plot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from orion_pbt.cli.main import main

Run = Callable[..., str]


def test_the_file_is_named_and_written(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lineage.json"
    assert run("plot", "lineage", "--color", "lr", "--output", path).strip() == str(path)
    figure = json.loads(path.read_text())
    assert "exp-v1" in figure["layout"]["title"]["text"]
    assert any("lr" in json.dumps(trace.get("marker", {})) for trace in figure["data"])


def test_without_a_name_it_has_oríons(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("plot", "schedule").strip() == "exp-v1_schedule.png"
    assert (tmp_path / "exp-v1_schedule.png").read_bytes().startswith(b"\x89PNG")


def test_a_gif_has_a_picture_a_generation(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "population.gif"
    run("plot", "population", "--animate", "--output", path)
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) == 3
        durations = []
        frames = []
        for number in range(3):
            picture.seek(number)
            durations.append(picture.info["duration"])
            frames.append(picture.convert("RGB").tobytes())
    assert durations == [700, 700, 2100]
    assert len(set(frames)) == 3


def test_an_animation_is_html_by_default(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("plot", "population", "--animate").strip() == "exp-v1_population.html"
    assert "Plotly.addFrames" in (tmp_path / "exp-v1_population.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lineage", "--animate"], "lineage has no such option"),
        (["schedule", "--color", "lr"], "schedule has no such option"),
        (["lineage", "-o", "a.gif"], "For a gif, add --animate"),
        (["population", "--animate", "-o", "a.png"], "what moves is written as html, gif"),
        (["lineage", "-o", "nowhere/a.png"], "there is no such directory"),
        (["lineage", "--color", "rate"], "color is 'rate'"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    arguments: list[str], told: str, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--name", "exp", "--storage", str(trained / "pbt.db")]
    assert main(["plot", *arguments, *where]) == 1
    assert told in capsys.readouterr().err
