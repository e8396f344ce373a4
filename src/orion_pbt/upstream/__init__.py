"""Corrections to Oríon 0.2.7, one a file.

Each leaves other algorithms' results as they are. They are put in place when Oríon loads this
package's algorithm, in each process, and only into the exact version they were written for.
"""

from __future__ import annotations

import logging
from importlib import metadata

from orion_pbt.upstream import (
    algorithm_names,
    algorithm_wrappers,
    counted_trials,
    flat_documents,
    legacy_lock,
    light_consumer,
    light_reservation,
    lock_kind,
    memory_lookup,
    memory_numbers,
    one_repository_lookup,
    orphaned_workers,
    parents_across_versions,
    patient_producer,
    patient_runner,
    pickled_file,
    punctual_pacemaker,
    raised_settings,
    script_errors,
    shown_hunt,
    trial_directories,
    whole_strategies,
)

VERSION = "0.2.7"
"""The only version of Oríon that the corrections fit."""

CORRECTIONS = (
    algorithm_names,
    algorithm_wrappers,
    counted_trials,
    flat_documents,
    legacy_lock,
    light_consumer,
    light_reservation,
    lock_kind,
    memory_lookup,
    memory_numbers,
    one_repository_lookup,
    orphaned_workers,
    parents_across_versions,
    patient_producer,
    patient_runner,
    pickled_file,
    punctual_pacemaker,
    raised_settings,
    script_errors,
    shown_hunt,
    trial_directories,
    whole_strategies,
)

logger = logging.getLogger(__name__)
_installed = False


def install() -> None:
    """Put all corrections in place, once a process."""
    global _installed
    if _installed:
        return
    _installed = True
    found = metadata.version("orion")
    if found != VERSION:
        logger.warning(
            "Oríon %s is installed, and orion-pbt corrects only %s; nothing is corrected.",
            found,
            VERSION,
        )
        return
    for correction in CORRECTIONS:
        correction.install()
        logger.debug("Corrected Oríon: %s", (correction.__doc__ or "").splitlines()[0])


def is_installed() -> bool:
    """Whether the corrections are in place in this process."""
    return _installed and metadata.version("orion") == VERSION
