"""A schedule as a Python function that needs nothing but Python."""

from __future__ import annotations

import ast
import itertools
import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from orion_pbt.errors import bad_setting
from orion_pbt.schedules.fits import Fit, fit
from orion_pbt.schedules.path import Stretch
from orion_pbt.space import Dimension, Integer, Real, Space, Value

HEAD = '''\
{imports}def schedule(fidelity):
    """Return the hyperparameters to train with, up to a fidelity.

{origin}

    The fidelity is above 0 and at most {end}.
    """
    if not 0 < fidelity <= {end}:
        raise ValueError(f"fidelity is {{fidelity!r}}, but it is above 0 and at most {end}")
'''
WIDTH = 88
INDENT = "    "


def to_source(stretches: Sequence[Stretch], origin: str) -> str:
    """Return a function that gives the hyperparameters exactly as they were trained with.

    Parameters
    ----------
    stretches:
        The schedule, see `orion_pbt.schedules.path_of`.
    origin:
        Where it comes from, in a sentence or two.

    Raises
    ------
    ConfigurationError
        If a value cannot be written in Python.
    """
    lines = []
    for stretch in stretches[:-1]:
        lines.append(f"    if fidelity <= {stretch.end_fidelity}:")
        lines.append(f"        return {_dict(_literals(stretch))}")
    lines.append(f"    return {_dict(_literals(stretches[-1]))}")
    return _head(stretches, origin, imports="") + "\n".join(lines) + "\n"


def to_fitted_source(stretches: Sequence[Stretch], space: Space, origin: str) -> str:
    """Return a function that gives each number by the formula that is nearest to the schedule.

    What is no number is given as it was trained with. See `to_source` for the parameters.

    Raises
    ------
    ConfigurationError
        If a value cannot be written in Python.
    """
    expressions = {
        name.lstrip("/"): _expression(stretches, dimension, (), len(dimension.shape))
        for name, dimension in space.items()
    }
    lines = [f"        {name!r}: {told},\n" for name, told in expressions.items()]
    body = "    return {\n" + "".join(lines) + "    }\n"
    imports = "import math\n\n\n" if "math." in body else ""
    return _head(stretches, origin, imports) + body


def fits_of(stretches: Sequence[Stretch], space: Space) -> dict[str, tuple[Fit, ...]]:
    """Return the formulas for each number, the nearest first; none for what is no number.

    The elements of a hyperparameter that has a shape have names such as ``lr[0]``.
    """
    return {
        name.lstrip("/") + "".join(f"[{index}]" for index in place): _fits(
            stretches, dimension, place
        )
        for name, dimension in space.items()
        for place in itertools.product(*map(range, dimension.shape))
    }


def _fits(
    stretches: Sequence[Stretch], dimension: Dimension, place: tuple[int, ...]
) -> tuple[Fit, ...]:
    if not isinstance(dimension, (Integer, Real)):
        return ()
    return fit(stretches, _values(stretches, dimension, place), dimension)


def _values(
    stretches: Sequence[Stretch], dimension: Dimension, place: tuple[int, ...]
) -> list[Value]:
    values = [stretch.params[dimension.name] for stretch in stretches]
    for index in place:
        values = [value[index] for value in values]
    return values


def _expression(
    stretches: Sequence[Stretch], dimension: Dimension, place: tuple[int, ...], depth: int
) -> str:
    """Return the expression of an element, or of a list of them."""
    if depth:
        parts = [
            _expression(stretches, dimension, (*place, index), depth - 1)
            for index in range(dimension.shape[len(place)])
        ]
        return f"[{', '.join(parts)}]"
    fits = _fits(stretches, dimension, place)
    if fits:
        return fits[0].expression("fidelity")
    steps = zip(stretches, _values(stretches, dimension, place))
    told = [
        (list(group)[-1][0].end_fidelity, literal)
        for literal, group in groupby(steps, key=lambda step: _literal(dimension.name, step[1]))
    ]
    conditions = [f"{literal} if fidelity <= {end} else " for end, literal in told[:-1]]
    return "".join(conditions) + told[-1][1]


def _head(stretches: Sequence[Stretch], origin: str, imports: str) -> str:
    wrapped = textwrap.fill(origin, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
    safe = wrapped.replace("\\", "\\\\").replace('"', '\\"')
    return HEAD.format(origin=safe, imports=imports, end=stretches[-1].end_fidelity)


def _literals(stretch: Stretch) -> dict[str, str]:
    return {name: _literal(name, value) for name, value in stretch.params.items()}


def _dict(literals: Mapping[str, str]) -> str:
    told = (f"{name.lstrip('/')!r}: {literal}" for name, literal in literals.items())
    return "{" + ", ".join(told) + "}"


def _literal(name: str, value: Any) -> str:
    literal = repr(value)
    try:
        is_same = repr(ast.literal_eval(literal)) == literal
    except (ValueError, SyntaxError):
        is_same = False
    if not is_same:
        raise bad_setting(
            f"Hyperparameter {name.lstrip('/')}",
            value,
            "that cannot be written in Python",
            "Use another format.",
        )
    return literal
