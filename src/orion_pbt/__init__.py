"""Population based training for Oríon, coordinated by nothing but a shared store.

Importing this package loads neither Oríon nor numpy: a training script pays nothing for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orion_pbt._workon import workon
    from orion_pbt.applied import check_applied
    from orion_pbt.replaying import replay
    from orion_pbt.report import (
        checkpoint_dir,
        interrupt_trial,
        report_bad_trial,
        report_objective,
        report_results,
        saved_checkpoint,
        saving_checkpoint,
    )
    from orion_pbt.restarting import restarts

__version__ = "0.1.0"

_HOMES = {
    "check_applied": "orion_pbt.applied",
    "checkpoint_dir": "orion_pbt.report",
    "interrupt_trial": "orion_pbt.report",
    "replay": "orion_pbt.replaying",
    "report_bad_trial": "orion_pbt.report",
    "report_objective": "orion_pbt.report",
    "report_results": "orion_pbt.report",
    "restarts": "orion_pbt.restarting",
    "saved_checkpoint": "orion_pbt.report",
    "saving_checkpoint": "orion_pbt.report",
    "workon": "orion_pbt._workon",
}

__all__ = [
    "check_applied",
    "checkpoint_dir",
    "interrupt_trial",
    "replay",
    "report_bad_trial",
    "report_objective",
    "report_results",
    "restarts",
    "saved_checkpoint",
    "saving_checkpoint",
    "workon",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
