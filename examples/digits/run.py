"""Train a population on handwritten digits, and the same number of plain random runs beside it.

    python run.py

The budget is short, which is where it counts to tune while training: given 40 epochs, the best of
eight random runs comes close.

Each call is a new experiment in a directory of its own, ``results/1``, ``results/2``, … beside this
file. It holds the database and all weights, and may be removed. The first line that is printed is
the command to go on with an experiment that was interrupted.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ORION = str(Path(sysconfig.get_path("scripts"), "orion"))
EPOCHS = 16
WORKERS = 2
SPACE = {
    "lr": "loguniform(1e-4, 1)",
    "momentum": "uniform(0, 0.99)",
    "alpha": "loguniform(1e-6, 0.1)",
    "batch": "choices([16, 32, 64, 128])",
    "epochs": f"fidelity(2, {EPOCHS})",
}


def new_directory(results: Path) -> Path:
    """Make and return the first of ``results/1``, ``results/2``, … that does not exist."""
    number = 1
    while True:
        try:
            (results / str(number)).mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return results / str(number)


def hunt(directory: Path) -> None:
    """Train the population, as a user would from the command line."""
    options = ["--config", str(HERE / "pbt.yaml"), "--n-workers", str(WORKERS)]
    script = [sys.executable, str(HERE / "train.py")]
    space = [f"--{name}~{prior}" for name, prior in SPACE.items()]
    command = [ORION, "hunt", *options, *script, *space, "--ckpt", "{trial.working_dir}"]
    print(f"cd {shlex.quote(str(directory))} && {shlex.join(command)}\n", flush=True)
    try:
        code = subprocess.run(command, cwd=directory, check=False).returncode
    except KeyboardInterrupt:
        sys.exit("Interrupted. The command above goes on with the population.")
    if code:
        sys.exit(code)


def draw_lineage(directory: Path) -> None:
    """Draw who descended from whom."""
    for kind in ("png", "html"):
        command = [ORION, "plot", "lineage", "--config", str(HERE / "pbt.yaml"), "--type", kind]
        subprocess.run([*command, "--output", f"lineage.{kind}"], cwd=directory, check=True)
    print(f"lineage: {directory / 'lineage.png'}, and lineage.html to hover over")


def completed_trials(directory: Path) -> list[Any]:
    """Return the completed trials of the experiment."""
    from orion.client import get_experiment

    storage = {"type": "sql", "url": f"sqlite:///{directory / 'digits.db'}"}
    experiment = get_experiment("digits", storage=storage)
    return list(experiment.fetch_trials_by_status("completed"))


def epochs_trained(trials: list[Any]) -> int:
    """Return the epochs of all trials together: each goes on where its parent stopped."""
    reached = {trial.id: trial.params["/epochs"] for trial in trials}
    return sum(reached[trial.id] - reached.get(trial.parent, 0) for trial in trials)


def run_plainly(trial: Any, directory: Path) -> float:
    """Train from scratch to the end with the hyperparameters of a trial; return its loss."""
    import train

    params = {name: trial.params[f"/{name}"] for name in SPACE}
    params.update(epochs=EPOCHS, ckpt=directory)
    return train.run(train.parse([f"--{name}={value}" for name, value in params.items()]))


def test_loss(directory: Path) -> float:
    """Return the loss of a trained network on data that no decision was based on."""
    import joblib
    import train

    return train.loss(joblib.load(directory / train.CHECKPOINT)["network"], "test")


def main() -> None:
    """Run both and print what came of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=HERE / "results")
    results = parser.parse_args().results.resolve()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the workers share the cores
    # Oríon warns at each start of optional packages that nothing here needs.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:The `profet` extras needs:RuntimeWarning")
    directory = new_directory(results)

    hunt(directory)
    draw_lineage(directory)
    trials = completed_trials(directory)
    finished = [trial for trial in trials if trial.params["/epochs"] == EPOCHS]
    best = min(finished, key=lambda trial: trial.objective.value)

    roots = [trial for trial in trials if trial.parent is None]
    print(f"\nRandom search: the {len(roots)} random points that the population started from,")
    print(f"each trained for {EPOCHS} epochs without a change ...", flush=True)
    places = [directory / "random" / str(number) for number in range(len(roots))]
    losses = [run_plainly(root, place) for root, place in zip(roots, places)]
    random_loss, random_best = min(zip(losses, places))

    print("Budget")
    print(f"  population:    {len(trials)} trials, {epochs_trained(trials)} epochs in all")
    print(f"  random search: {len(roots)} × {EPOCHS} = {len(roots) * EPOCHS} epochs in all")
    print("Log-loss of the best              validation     test")
    for name, loss, place in (
        ("population based training", best.objective.value, directory / "trials" / best.id),
        ("random search", random_loss, random_best),
    ):
        print(f"  {name:<30}{loss:12.4f}{test_loss(place):9.4f}  {place}")


if __name__ == "__main__":
    main()
