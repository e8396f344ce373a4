"""One hyperparameter: its bounds, its scale and its prior."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Callable

import numpy

from orion_pbt.errors import bad_setting

Value = Any
"""A number or a category, or nested lists of them for a dimension with a shape."""

Prior = Callable[[numpy.random.Generator], Value]


@dataclass(frozen=True)
class Dimension(ABC):
    """One hyperparameter.

    Parameters
    ----------
    name:
        Unique name.
    shape:
        Shape of a value; ``()`` for a scalar. Values with a shape are nested lists.
    prior:
        Draws one value, of this shape, from the prior; the dimension's own prior if None.
    """

    name: str
    shape: tuple[int, ...] = field(default=(), compare=False)
    prior: Prior | None = field(default=None, compare=False, repr=False)

    def sample(self, rng: numpy.random.Generator) -> Value:
        """Draw one value from the prior."""
        if self.prior is not None:
            return self.map(self.tidy, self.prior(rng))
        return self._build(self.shape, lambda: self.tidy(self._draw(rng)))

    def map(self, function: Callable[[Value], Value], value: Value) -> Value:
        """Apply a function to each element of a value, keeping its shape."""
        return _map(function, value, len(self.shape))

    def elements(self, value: Value) -> list[Value]:
        """Return the numbers or categories that a value consists of, in the order of `map`."""
        found: list[Value] = []
        self.map(found.append, value)
        return found

    def encode(self, value: Value) -> Value:
        """Return a JSON-able form of a value."""
        return value

    def decode(self, code: Value) -> Value:
        """Return the value that `encode` was given."""
        return code

    @property
    @abstractmethod
    def cardinality(self) -> float:
        """Number of distinct values, ``inf`` for a real dimension."""

    @abstractmethod
    def tidy(self, element: Value) -> Value:
        """Return an element with this dimension's type, inside its bounds."""

    @abstractmethod
    def _draw(self, rng: numpy.random.Generator) -> Value:
        """Draw one element from the dimension's own prior."""

    def _build(self, shape: tuple[int, ...], make: Callable[[], Value]) -> Value:
        if not shape:
            return make()
        return [self._build(shape[1:], make) for _ in range(shape[0])]

    def _power(self, count: float) -> float:
        """Return the number of values, given that of one element."""
        try:
            return float(count) ** math.prod(self.shape)
        except OverflowError:
            return math.inf


@dataclass(frozen=True)
class _Numeric(Dimension):
    """A dimension of numbers between two inclusive bounds, on a linear or a log scale."""

    low: float = -math.inf
    high: float = math.inf
    log: bool = False
    spread: float = 0.0
    """Typical width of the prior, used where the bounds are infinite; derived if 0."""

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise bad_setting(
                f"The interval of {self.name}",
                (self.low, self.high),
                "the lower bound must be below the upper bound",
                "Widen it, or pass the value to the script as a constant.",
            )
        is_finite = math.isfinite(self.low) and math.isfinite(self.high)
        if not is_finite and (self.log or self.prior is None):
            raise bad_setting(
                f"The interval of {self.name}",
                (self.low, self.high),
                "without a prior, and on a log scale, the bounds must be finite",
                "Bound it, or give it a linear prior.",
            )
        if self.log and self.low <= 0:
            raise bad_setting(
                f"The lower bound of {self.name}",
                self.low,
                "a log scale needs a bound above 0",
                "Raise it, or use a linear prior.",
            )

    @property
    def width(self) -> float:
        """Width of the interval, or of the bulk of the prior where a bound is infinite."""
        width = self.high - self.low
        return width if math.isfinite(width) else (self.spread or 1.0)

    def clip(self, element: float) -> float:
        """Return the nearest number inside the bounds."""
        return min(max(element, self.low), self.high)


@dataclass(frozen=True)
class Real(_Numeric):
    """A real hyperparameter.

    Parameters
    ----------
    low, high:
        Inclusive bounds; may be infinite when a prior is given.
    log:
        Whether the scale is logarithmic: the default prior is then log-uniform.
    precision:
        Significant decimal digits kept, or None for all.
    """

    precision: int | None = None

    @property
    def cardinality(self) -> float:
        """See `Dimension.cardinality`."""
        return math.inf

    def tidy(self, element: Value) -> float:
        """See `Dimension.tidy`."""
        number = float(element)
        if self.precision is not None:
            number = float(f"{number:.{self.precision - 1}e}")
        return float(self.clip(number))

    def shift(self, element: float, steps: int) -> float:
        """Return a number some of the smallest steps away, of those that the precision shows."""
        digits = 9 if self.precision is None else self.precision - 1
        size = abs(element) or self.width
        return self.tidy(element + steps * 10.0 ** (math.floor(math.log10(size)) - digits))

    def _draw(self, rng: numpy.random.Generator) -> float:
        if self.log:
            return math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class Integer(_Numeric):
    """A whole-number hyperparameter; see `Real` for the parameters."""

    @property
    def cardinality(self) -> float:
        """See `Dimension.cardinality`."""
        return self._power(self.high - self.low + 1)

    def tidy(self, element: Value) -> int:
        """See `Dimension.tidy`."""
        return int(self.clip(round(element)))

    def _draw(self, rng: numpy.random.Generator) -> int:
        if self.log:
            # Rounded down below, so the room of each number reaches up to the next one.
            log_low, log_high = math.log(self.low), math.log(self.high + 1)
            return int(math.exp(rng.uniform(log_low, log_high)))
        return int(rng.integers(int(self.low), int(self.high) + 1))


@dataclass(frozen=True)
class Categorical(Dimension):
    """A hyperparameter that takes one of a few choices, of any type.

    Parameters
    ----------
    choices:
        The choices, distinct.
    probabilities:
        Prior probability of each choice, summing to 1; uniform if empty.
    """

    choices: tuple[Any, ...] = ()
    probabilities: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.choices:
            raise bad_setting(
                f"The choices of {self.name}", self.choices, "at least one is needed", "Give one."
            )

    @property
    def is_ordinal(self) -> bool:
        """Whether the choices are numbers, and so have neighbours."""
        return len(self.choices) > 1 and all(
            isinstance(choice, (int, float)) and not isinstance(choice, bool)
            for choice in self.choices
        )

    @property
    def cardinality(self) -> float:
        """See `Dimension.cardinality`."""
        return self._power(len(self.choices))

    def tidy(self, element: Value) -> Value:
        """See `Dimension.tidy`."""
        return self.choices[self.index(element)]

    def index(self, element: Value) -> int:
        """Return the place of a choice; of equal ones (1, 1.0, True) that of the same type."""
        same = [
            place
            for place, choice in enumerate(self.choices)
            if type(choice) is type(element) and choice == element
        ]
        return same[0] if same else self.choices.index(element)

    def draw(self, rng: numpy.random.Generator) -> Value:
        """Draw one choice with its prior probability."""
        weights = self.probabilities or None
        return self.choices[int(rng.choice(len(self.choices), p=weights))]

    _draw = draw

    def encode(self, value: Value) -> Value:
        """See `Dimension.encode`."""
        return self.map(self.index, value)

    def decode(self, code: Value) -> Value:
        """See `Dimension.decode`."""
        return self.map(self.choices.__getitem__, code)


def _map(function: Callable[[Value], Value], value: Value, depth: int) -> Value:
    # Counting the depth, instead of looking for lists, leaves choices that are lists alone.
    if depth == 0:
        return function(value)
    return [_map(function, element, depth - 1) for element in value]
