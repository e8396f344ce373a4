"""Tasks that strategies are compared on, one a file; each fits into a fraction of a second."""

from search_quality.tasks.base import Task
from search_quality.tasks.cliff import Cliff
from search_quality.tasks.deceptive import Deceptive
from search_quality.tasks.digits import Digits
from search_quality.tasks.mixed import Mixed
from search_quality.tasks.noisy_quadratic import NoisyQuadratic
from search_quality.tasks.orbit import Orbit
from search_quality.tasks.plain import Plain
from search_quality.tasks.quadratic import Quadratic
from search_quality.tasks.triangle import Triangle

TASKS: dict[str, Task] = {
    task.letter: task
    for task in (
        Quadratic(),
        Plain(),
        Deceptive(),
        Triangle(),
        NoisyQuadratic(),
        Orbit(),
        Mixed(),
        Cliff(),
        Digits(),
    )
}

__all__ = ["TASKS", "Task"]
