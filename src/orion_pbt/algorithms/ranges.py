"""Where roots start and where copies may go, if not in the whole search space."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
from orion.algo.space import Space as OrionSpace
from orion.core.io.space_builder import SpaceBuilder

from orion_pbt.algorithms.converters import original, to_space
from orion_pbt.errors import bad_setting
from orion_pbt.space import Categorical, Dimension, Integer, Params, Real, Space


def narrowed(setting: str, space: Space, priors: Mapping[str, str] | None) -> Space:
    """Return the search space with other priors for some hyperparameters.

    Parameters
    ----------
    setting:
        The user's setting, for errors.
    space:
        The search space, without the fidelity.
    priors:
        Oríon's priors by name, inside the search space; None for none.

    Raises
    ------
    ConfigurationError
        If a name is unknown, or a prior leaves the search space.
    """
    others = {} if priors is None else _named(setting, space, priors, _PRIORS)
    if not others:
        return space
    try:
        built = to_space(SpaceBuilder().build({name: str(prior) for name, prior in others.items()}))
    except Exception as error:  # Oríon evaluates it
        raise bad_setting(
            setting, dict(others), f"a prior could not be understood: {error}", _PRIORS
        ) from error
    found = {}
    for name, prior in others.items():
        if name not in built:  # a fidelity, or a mark of Oríon's for what is removed
            raise bad_setting(f"{setting}'s {name}", prior, "it is no prior", _PRIORS)
        _check_inside(setting, prior, built[name], space[name])
        found[name] = _as_precise(str(prior), built[name], space[name])
    return Space(found.get(name, dimension) for name, dimension in space.items())


def without(space: Space, mutation: Space, frozen: Sequence[str] | None) -> Space:
    """Return what may be varied: all but the frozen hyperparameters.

    Raises
    ------
    ConfigurationError
        If a name is unknown, or of one with a range of its own, or nothing is left.
    """
    names = () if frozen is None else frozen
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise bad_setting("frozen", frozen, "it is a list of names", "Use e.g. ['batch'].")
    left_out = _named("frozen", space, dict.fromkeys(names), "")
    for name in left_out:
        if mutation[name] is not space[name]:
            raise bad_setting(
                "frozen",
                list(names),
                f"mutation has a range for {name}, which would never be used",
                "Leave it out of one of the two.",
            )
    left = Space(dimension for name, dimension in mutation.items() if name not in left_out)
    if not left:
        raise bad_setting(
            "frozen",
            list(names),
            "no hyperparameter would ever be varied",
            "Leave out one of them.",
        )
    return left


def to_points(
    orion_space: OrionSpace, space: Space, points: Sequence[Mapping[str, Any]] | None
) -> list[Params]:
    """Return the points that the user lets the population start from.

    Raises
    ------
    ConfigurationError
        If one has an unknown name or a value outside the search space, or comes twice.
    """
    if points is None:
        return []
    if isinstance(points, (str, Mapping)) or not isinstance(points, Sequence):
        raise bad_setting(
            "initial_points", points, "it is a list of points", "Use e.g. [{'lr': 0.1}]."
        )
    found: list[Params] = []
    for point in points:
        params = to_point("initial_points", orion_space, space, point)
        if params in found:
            raise bad_setting(
                "initial_points", dict(point), "the same point is there twice", "Leave one out."
            )
        found.append(params)
    return found


def to_point(setting: str, orion_space: OrionSpace, space: Space, point: Any) -> Params:
    """Return the hyperparameters that the user gives.

    Parameters
    ----------
    setting:
        The user's setting, for errors.
    orion_space, space:
        The search space, the second one without the fidelity.
    point:
        Values by name.

    Raises
    ------
    ConfigurationError
        If it has an unknown name or a value outside the search space.
    """
    named = _named(setting, space, point, "Use e.g. {'lr': 0.1}.")
    for name, value in named.items():
        dimension = original(orion_space[name])
        if value not in dimension:
            raise bad_setting(
                f"{setting}' {name}",
                value,
                f"it is outside the search space, {dimension.get_prior_string()}",
                "Choose another value, or widen the search space.",
            )
    return {name: space[name].map(space[name].tidy, _plain(value)) for name, value in named.items()}


_PRIORS = "Write it as in the search space, e.g. 'loguniform(1e-4, 1e-1)'."


def _named(setting: str, space: Space, values: Any, remedy: str) -> dict[str, Any]:
    """Return values by the names of the space, which may be written without the slash."""
    if not isinstance(values, Mapping):
        raise bad_setting(setting, values, "it goes by hyperparameter", remedy)
    names = {name.lstrip("/"): name for name in space}
    found = {}
    for key, value in values.items():
        name = names.get(str(key).lstrip("/"))
        if name is None:
            raise bad_setting(
                setting,
                key,
                "the search space has no such hyperparameter",
                f"It has {', '.join(names)}.",
            )
        found[name] = value
    return found


def _check_inside(setting: str, prior: Any, inner: Dimension, outer: Dimension) -> None:
    rule = ""
    if isinstance(inner, (Real, Integer)) and isinstance(outer, (Real, Integer)):
        if type(inner) is not type(outer):
            rule = "it must be real or whole as in the search space"
        elif not outer.low <= inner.low < inner.high <= outer.high:
            rule = f"it must lie inside the search space, [{outer.low:g}, {outer.high:g}]"
    elif isinstance(inner, Categorical) and isinstance(outer, Categorical):
        if not all(choice in outer.choices for choice in inner.choices):
            rule = f"its choices must be among {list(outer.choices)}"
    else:
        rule = "it must be of the same kind as in the search space"
    if not rule and inner.shape != outer.shape:
        rule = f"it must have the same shape as in the search space, {outer.shape}"
    if rule:
        raise bad_setting(f"{setting}'s {inner.name}", prior, rule, _PRIORS)


def _as_precise(prior: str, inner: Dimension, outer: Dimension) -> Dimension:
    """Return a dimension with as many digits as the search space, unless its prior says."""
    if isinstance(inner, Real) and isinstance(outer, Real) and "precision" not in prior:
        return dataclasses.replace(inner, precision=outer.precision)
    return inner


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, numpy.ndarray) else value
