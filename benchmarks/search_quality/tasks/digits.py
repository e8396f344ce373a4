"""H: a small network on handwritten digits."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ClassVar

import numpy

from search_quality.tasks.base import Params, Task

if TYPE_CHECKING:
    from sklearn.neural_network import MLPClassifier

Parts = tuple[numpy.ndarray, numpy.ndarray]


class Digits(Task):
    """64 ReLU on scikit-learn's digits; the score is −log-loss on the validation data.

    70 % of the images are trained on and 15 % validate; 15 % are left for tests. Computed in single
    precision, which takes half of the time.

    Luck, in the first weights and in the order of the images, makes for a standard deviation of
    0.008: the schedule by hand scores −0.064 on average, and its luckiest of 8 runs −0.051.
    """

    letter, name = "H", "digits"
    horizon, interval = 40, 4
    priors: ClassVar = {
        "lr": "loguniform(1e-4, 1)",
        "momentum": "uniform(0, 0.99)",
        "alpha": "loguniform(1e-6, 0.1)",
        "batch": "choices([16, 32, 64, 128])",
    }
    limit, target = -0.055, -0.060
    replays = 2
    seeds = 6

    def begin(self, rng: numpy.random.Generator) -> None:
        """Return no network: the first call of `train` makes it."""
        return

    def train(
        self,
        state: MLPClassifier | None,
        params: Params,
        begin: int,
        end: int,
        rng: numpy.random.Generator,
    ) -> tuple[MLPClassifier | None, float]:
        """Show the network all training images, `end` − `begin` times."""
        images, digits = load()[0]
        network = _network(state, params, rng)
        try:
            for _ in range(begin, end):
                network.partial_fit(images, digits, classes=range(10))
        except ValueError:  # the weights overflowed; what was there before stays
            return state, -numpy.inf
        return network, -_loss(network)

    def by_hand(self, state: MLPClassifier | None, begin: int) -> Params:
        """Return a learning rate that falls to a tenth."""
        return {"lr": 0.5 * 0.1 ** (begin / 36), "momentum": 0.8, "alpha": 5e-3, "batch": 64}


@functools.lru_cache(maxsize=1)
def load() -> tuple[Parts, Parts, Parts]:
    """Return the images and digits to train, to validate and to test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, digits = load_digits(return_X_y=True)
    images = (images / 16).astype(numpy.float32)
    train, rest, train_digits, rest_digits = train_test_split(
        images, digits, test_size=0.3, stratify=digits, random_state=0
    )
    validation, test, validation_digits, test_digits = train_test_split(
        rest, rest_digits, test_size=0.5, stratify=rest_digits, random_state=0
    )
    return (train, train_digits), (validation, validation_digits), (test, test_digits)


def _network(
    state: MLPClassifier | None, params: Params, rng: numpy.random.Generator
) -> MLPClassifier:
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier((64,), solver="sgd") if state is None else state
    network.set_params(
        learning_rate_init=params["lr"],
        momentum=params["momentum"],
        alpha=params["alpha"],
        batch_size=params["batch"],
        random_state=numpy.random.RandomState(int(rng.integers(2**32))),
    )
    if state is not None:
        # partial_fit goes on with this one and does not look at the parameters set above.
        network._optimizer.learning_rate = params["lr"]
        network._optimizer.momentum = params["momentum"]
    return network


def _loss(network: MLPClassifier) -> float:
    images, digits = load()[1]
    chances = network.predict_proba(images)[numpy.arange(len(digits)), digits]
    return float(-numpy.log(numpy.maximum(chances, 1e-7)).mean())
