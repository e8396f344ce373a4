"""The kinds of plots that Oríon's command and its clients get.

Imported as soon as anybody imports Oríon's plots, so it is light: what draws is imported when it is
asked to.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable

EXPECTED = ("PLOT_METHODS", "SINGLE_EXPERIMENT_PLOTS", "PlotAccessor")
KINDS = ("lineage", "population", "schedule")


def register(base: Any) -> None:
    """Add the kinds to ``orion.plotting.base``, if it is as expected.

    Then ``orion plot lineage``, ``experiment.plot.lineage()`` and
    ``experiment.plot(kind='lineage')`` draw them.
    """
    if not all(hasattr(base, name) for name in EXPECTED):
        return  # another version: better without our kinds than without any
    for kind in KINDS:
        base.PLOT_METHODS[kind] = base.SINGLE_EXPERIMENT_PLOTS[kind] = _drawing(kind)
        if not hasattr(base.PlotAccessor, kind):
            setattr(base.PlotAccessor, kind, _method(kind))


def _drawing(kind: str) -> Callable[..., Any]:
    def draw(experiment: Any, **kwargs: Any) -> Any:
        return getattr(import_module(f"orion_pbt.plotting.{kind}"), kind)(experiment, **kwargs)

    draw.__name__ = kind
    draw.__doc__ = f"See `orion_pbt.plotting.{kind}`."
    return draw


def _method(kind: str) -> Callable[..., Any]:
    def method(self: Any, **kwargs: Any) -> Any:
        return self(kind=kind, **kwargs)

    method.__name__ = kind
    method.__doc__ = f"Draw the {kind}; see `orion_pbt.plotting.{kind}`."
    return method
