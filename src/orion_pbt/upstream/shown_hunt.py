"""`orion hunt` lets an algorithm show how its run goes and how it ended."""

from __future__ import annotations

from typing import Any, Callable

import orion.core.cli.hunt


def install() -> None:
    """Run `orion hunt` inside the algorithm's ``shown(client)``, where it has that."""
    orion.core.cli.hunt.workon = _workon(orion.core.cli.hunt.workon)


def _workon(own: Callable[..., None]) -> Callable[..., None]:
    def workon(experiment: Any, *args: Any, **kwargs: Any) -> None:
        shown = getattr(experiment.algorithm.unwrapped, "shown", None)
        if shown is None:
            own(experiment, *args, **kwargs)
            return
        with shown(experiment):
            own(experiment, *args, **kwargs)

    return workon
