"""Train a small network on handwritten digits: the script that each member of a population runs.

By hand, ``python train.py --lr 0.1 --epochs 5`` trains it, and the same with ``--epochs 10`` goes
on from there, because the weights are in ``checkpoints``. Only what says `orion_pbt` was added to
make a population of it.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence

import joblib
import numpy
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from orion_pbt import report_objective, saved_checkpoint, saving_checkpoint

CHECKPOINT = "network.joblib"


def load_data() -> dict[str, tuple[numpy.ndarray, numpy.ndarray]]:
    """Return images and digits to train (70 %), to validate and to test (15 % each)."""
    images, digits = load_digits(return_X_y=True)
    parts = train_test_split(images / 16, digits, test_size=0.3, stratify=digits, random_state=0)
    held_out = train_test_split(
        parts[1], parts[3], test_size=0.5, stratify=parts[3], random_state=0
    )
    return {
        "train": (parts[0], parts[2]),
        "validation": (held_out[0], held_out[2]),
        "test": (held_out[1], held_out[3]),
    }


def load_network(options: argparse.Namespace) -> tuple[MLPClassifier, int]:
    """Return a network with this trial's hyperparameters, and the epochs it was trained for."""
    hyperparameters = {
        "learning_rate_init": options.lr,
        "momentum": options.momentum,
        "alpha": options.alpha,
        "batch_size": options.batch,
    }
    path = saved_checkpoint(CHECKPOINT, options.ckpt)
    if path is None:
        # With a plain number as random_state, each call of partial_fit would shuffle the same way.
        # In a replay of a schedule, each replica starts otherwise.
        random_state = numpy.random.RandomState(int(os.environ.get("ORION_PBT_REPLICA", "0")))
        return MLPClassifier((64,), solver="sgd", random_state=random_state, **hyperparameters), 0
    saved = joblib.load(path)
    network = saved["network"].set_params(**hyperparameters)
    # These two live in the optimizer too, which came with the weights: partial_fit goes on with
    # that one and does not look at the parameters set above.
    network._optimizer.learning_rate = options.lr
    network._optimizer.momentum = options.momentum
    return network, saved["epochs"]


def train(network: MLPClassifier, epochs: int) -> None:
    """Show the network all training data `epochs` times."""
    images, digits = load_data()["train"]
    for _ in range(epochs):
        network.partial_fit(images, digits, classes=range(10))


def loss(network: MLPClassifier, part: str) -> float:
    """Return the log-loss on one part of the data."""
    images, digits = load_data()[part]
    return float(log_loss(digits, network.predict_proba(images)))


def run(options: argparse.Namespace) -> float:
    """Load, train, save; return the loss on the validation data."""
    network, epochs = load_network(options)
    try:
        train(network, options.epochs - epochs)
    except ValueError:  # the weights overflowed; what was saved before stays
        return math.inf
    with saving_checkpoint(CHECKPOINT, options.ckpt) as path:
        joblib.dump({"network": network, "epochs": max(epochs, options.epochs)}, path)
    return loss(network, "validation")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--alpha", type=float, default=1e-4, help="L2 penalty")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=5, help="in all, with those before")
    parser.add_argument("--ckpt", help="directory of the weights (default: checkpoints)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    report_objective(run(parse()))
