"""The examples do what they say. ``examples/digits/run.py`` as a whole is run by ``.ci/run``."""

from __future__ import annotations

import importlib.util
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy
import pytest
import yaml

from orion_pbt.schedules import FidelitySchedule

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def load(path: str) -> ModuleType:
    """Import an example's file under a name of its own."""
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), EXAMPLES / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def train() -> ModuleType:
    return load("digits/train.py")


@pytest.fixture(scope="module")
def figure2() -> ModuleType:
    return load("figure2/run.py")


def run_by_hand(script: Path, cwd: Path, *arguments: str) -> float:
    """Run a script as a user does, without Oríon; return the objective that it prints."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    found = re.search(r"'type': 'objective', 'value': ([0-9.e-]+|inf)", done.stdout)
    assert found, done.stdout
    return float(found[1])


class TestDigits:
    def test_by_hand_it_goes_on_from_its_checkpoint(self, tmp_path: Path) -> None:
        script = EXAMPLES / "digits" / "train.py"
        first = run_by_hand(script, tmp_path, "--lr", "0.1", "--epochs", "1")
        second = run_by_hand(script, tmp_path, "--lr", "0.1", "--epochs", "3")
        assert second < first < 2.3  # ln 10, which is what a guess gets
        assert [path.name for path in tmp_path.iterdir()] == ["checkpoints"]

    def test_in_stretches_it_trains_as_at_once(self, train: ModuleType, tmp_path: Path) -> None:
        at_once = train.run(train.parse(["--epochs", "4", "--ckpt", str(tmp_path / "at once")]))
        for epochs in (1, 3, 4):
            options = train.parse([f"--epochs={epochs}", f"--ckpt={tmp_path / 'stretches'}"])
            loss = train.run(options)
        network, epochs = train.load_network(options)
        images = len(train.load_data()["train"][0])
        assert (network.t_, epochs) == (4 * images, 4)  # t_ counts the images it was shown
        assert loss == at_once

    def test_mutated_learning_rate_and_momentum_win_over_the_saved_ones(
        self, train: ModuleType, tmp_path: Path
    ) -> None:
        """With a step of nothing and no momentum, weights stay; with the saved ones they move."""
        ckpt = ["--ckpt", str(tmp_path)]
        train.run(train.parse(["--lr", "0.1", "--momentum", "0.9", "--epochs", "1", *ckpt]))
        saved, _ = train.load_network(train.parse(["--lr", "0.1", "--momentum", "0.9", *ckpt]))
        before = saved.coefs_[0].copy()

        mutated, _ = train.load_network(train.parse(["--lr", "1e-30", "--momentum", "0", *ckpt]))
        train.train(mutated, 1)
        numpy.testing.assert_array_equal(mutated.coefs_[0], before)

        train.train(saved, 1)
        assert abs(saved.coefs_[0] - before).max() > 0.01

    def test_each_hyperparameter_reaches_a_resumed_network(
        self, train: ModuleType, tmp_path: Path
    ) -> None:
        train.run(train.parse(["--epochs", "1", "--ckpt", str(tmp_path)]))
        mutated = ["--lr", "0.5", "--momentum", "0.25", "--alpha", "0.125", "--batch", "64"]
        network, _ = train.load_network(train.parse([*mutated, "--ckpt", str(tmp_path)]))
        got = network.get_params()
        assert (got["learning_rate_init"], got["momentum"]) == (0.5, 0.25)
        assert (got["alpha"], got["batch_size"]) == (0.125, 64)
        assert (network._optimizer.learning_rate, network._optimizer.momentum) == (0.5, 0.25)

    def test_the_parts_of_the_data_have_their_shares_and_are_disjoint(
        self, train: ModuleType
    ) -> None:
        parts = {name: images for name, (images, _) in train.load_data().items()}
        total = sum(map(len, parts.values()))
        assert total == 1797
        shares = {name: round(len(images) / total, 2) for name, images in parts.items()}
        assert shares == {"train": 0.7, "validation": 0.15, "test": 0.15}
        rows = [image.tobytes() for images in parts.values() for image in images]
        assert len(set(rows)) == total  # no image is there twice

    def test_the_population_trains_equal_stretches_up_to_the_epochs_of_a_random_run(self) -> None:
        run = load("digits/run.py")
        config = yaml.safe_load((EXAMPLES / "digits" / "pbt.yaml").read_text(encoding="utf8"))
        settings = config["experiment"]["algorithm"]["pbt"]
        assert settings["generations"] >= 5
        found = re.fullmatch(r"fidelity\((\d+), (\d+)\)", run.SPACE["epochs"])
        assert found is not None
        assert int(found[2]) == run.EPOCHS
        levels = FidelitySchedule(int(found[1]), run.EPOCHS, settings["generations"]).levels
        assert {after - before for before, after in zip((0, *levels), levels)} == {levels[0]}

    def test_each_run_gets_a_directory_of_its_own(self, tmp_path: Path) -> None:
        run = load("digits/run.py")
        names = [run.new_directory(tmp_path / "results").name for _ in range(3)]
        assert names == ["1", "2", "3"]

    def test_epochs_are_counted_from_the_parent_on(self) -> None:
        run = load("digits/run.py")
        trials = [
            SimpleNamespace(id="a", parent=None, params={"/epochs": 3}),
            SimpleNamespace(id="b", parent="a", params={"/epochs": 6}),
            SimpleNamespace(id="c", parent="a", params={"/epochs": 6}),
        ]
        assert run.epochs_trained(trials) == 9


class TestFigure2:
    def test_only_exploit_and_explore_together_get_there(self, figure2: ModuleType) -> None:
        found = {
            name: [figure2.run(exploit, explore, seed).best for seed in range(5)]
            for name, (exploit, explore) in figure2.WAYS.items()
        }
        assert min(found["PBT"]) >= 1.19
        assert max(found["PBT"]) < 1.2
        assert statistics.median(found["explore only"]) < 1.185
        # One side is climbed, the other stays at 0.9.
        one_sided = 1.2 - 0.9**2 - (0.9 * 0.98**200) ** 2
        assert found["exploit only"] == pytest.approx([one_sided] * 5)
        assert found["grid search"] == pytest.approx([one_sided] * 5)
        assert one_sided == pytest.approx(0.39, abs=0.001)

    def test_members_take_200_steps(self, figure2: ModuleType) -> None:
        lineages = figure2.run(*figure2.WAYS["PBT"], seed=0).lineages
        counts = [lineages.count_at(g) for g in range(figure2.GENERATIONS + 2)]
        assert counts == [2] * 50 + [0]
        assert (figure2.GENERATIONS + 1) * figure2.READY == 200

    def test_the_figure_draws_two_paths_a_way_and_each_seed(self, figure2: ModuleType) -> None:
        runs = {
            name: [figure2.run(exploit, explore, seed) for seed in range(2)]
            for name, (exploit, explore) in figure2.WAYS.items()
        }
        figure = figure2.draw(runs)
        paths = list(figure.select_traces({"mode": "lines+markers"}))
        distances = list(figure.select_traces({"mode": "lines"}))
        assert len(paths) == 8
        assert all((path.x[0], path.y[0]) == (0.9, 0.9) for path in paths)
        assert len(distances) == 8
        shown = [trace.name for trace in distances if trace.showlegend]
        assert [name.split(":")[0] for name in shown] == list(figure2.WAYS)


def test_the_script_in_the_readme_runs_and_goes_on(tmp_path: Path) -> None:
    text = (EXAMPLES.parent / "README.md").read_text(encoding="utf8")
    (script,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "train.py").write_text(script)
    losses = [
        run_by_hand(tmp_path / "train.py", tmp_path, "--lr", lr, "--epochs", epochs)
        for lr, epochs in (("0.1", "1"), ("0.25", "3"))
    ]
    assert losses == pytest.approx([(5 * 0.8) ** 2, (5 * 0.8 * 0.5**2) ** 2])
