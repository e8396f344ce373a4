"""Training a replay with a Python function."""

from __future__ import annotations

import inspect
from typing import Any, Callable

from orion_pbt._workon import workon
from orion_pbt.engine import REPLICA
from orion_pbt.errors import bad_setting
from orion_pbt.replaying.opening import most_broken, open_replay
from orion_pbt.replaying.plan import plan_of

REPLICA_ARGUMENT = "replica"
OURS = ("space", "algorithm", "algorithms", "storage", "max_broken")
"""Arguments of `workon` that a replay has from its population."""


def replay(
    function: Callable[..., Any],
    client: Any,
    trial: str | None = None,
    name: str | None = None,
    *,
    stretch: float | None = None,
    fidelity: int | None = None,
    seeds: int = 1,
    seed_name: str | None = None,
    baseline: bool = False,
    **arguments: Any,
) -> Any:
    """Train one member from scratch along the schedule that a population found.

    The replay is a new experiment in the population's storage. Called again with the same
    arguments, it goes on where it was interrupted.

    Parameters
    ----------
    function:
        The function that `workon` trained. With an argument ``replica`` it is told the number of
        the replica, from 1, to seed itself with.
    client: orion.client.experiment.ExperimentClient
        What `workon` returned.
    trial:
        Id of the trial whose schedule is replayed; the winner if None.
    name:
        Name of the new experiment; ``<name>-replay`` if None.
    stretch:
        How many times as long it trains than the population did, with the schedule stretched.
    fidelity:
        Up to which fidelity it trains, instead of `stretch`.
    seeds:
        Number of replicas.
    seed_name:
        A hyperparameter that the function takes for its seed; it differs between replicas.
    baseline:
        Whether to replay the first hyperparameters of the schedule as a constant schedule instead.
        The default name is ``<name>-replay-baseline`` then.
    arguments:
        Further arguments of `workon`, such as ``n_workers``, ``mode`` and ``working_dir``, and
        constants of the function.

    Returns
    -------
    orion.client.experiment.ExperimentClient
        The new experiment.

    Raises
    ------
    ConfigurationError
        If a setting cannot work, or the name is that of another experiment.
    UnknownMember
        If there is no such trial.
    """
    for argument in OURS:
        if argument in arguments:
            raise bad_setting(
                argument,
                arguments[argument],
                "a replay has it from its population",
                "Leave it out.",
            )
    plan = plan_of(
        client,
        trial,
        stretch=stretch,
        fidelity=fidelity,
        seeds=seeds,
        seed_name=seed_name,
    )
    if baseline:
        name, plan = name or f"{client.name}-replay-baseline", plan.constant
    experiment = open_replay(client, plan, name, arguments.pop("working_dir", None))
    return workon(
        ReplicaFunction(function),
        plan.priors,
        experiment.name,
        plan.algorithm,
        storage=client.storage,
        working_dir=experiment.working_dir,
        max_broken=most_broken(plan),
        **arguments,
    )


class ReplicaFunction:
    """A user's function, told the number of the replica if it asks. Plain, to be pickled."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._asks = REPLICA_ARGUMENT in inspect.signature(function).parameters

    @property
    def __signature__(self) -> inspect.Signature:
        """What else the function is called with goes by its own arguments."""
        return inspect.signature(self._function)

    def __call__(self, **arguments: Any) -> Any:
        """Call the function without what is ours."""
        number = int(arguments.pop(REPLICA))
        if self._asks:
            arguments[REPLICA_ARGUMENT] = number
        return self._function(**arguments)
