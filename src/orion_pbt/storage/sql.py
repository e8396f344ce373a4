"""Oríon's storage protocol on a SQL database."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orion.core
from orion.core.worker.trial import Trial
from orion.storage.base import (
    BaseStorageProtocol,
    LockedAlgorithmState,
    get_trial_uid_and_exp,
    get_uid,
)

from orion_pbt.storage import activity, location, orion_database, schema, values
from orion_pbt.storage.activity import Activity
from orion_pbt.storage.algorithms import Algorithms
from orion_pbt.storage.collection import Collection
from orion_pbt.storage.configuration_file import read_options, to_lease
from orion_pbt.storage.database import Clock, Database, reads_again
from orion_pbt.storage.documents import Document
from orion_pbt.storage.leases import BEATS_PER_LEASE, LOCK_LEASE
from orion_pbt.storage.migrations import migrate
from orion_pbt.storage.orion_database import Documents
from orion_pbt.storage.reservations import Reservations
from orion_pbt.storage.trial_records import PENDING
from orion_pbt.storage.trials import Trials

Selection = Mapping[str, Any]
Where = dict[str, Any]


class SQL(BaseStorageProtocol):
    """Experiments, trials, benchmarks and algorithms in a SQLite file or a PostgreSQL database.

    Configured as ``{'type': 'sql', 'url': 'sqlite:///pbt.db'}``. Without a `url`, what is None is
    taken from the file that a command was given with ``--config``.

    Parameters
    ----------
    url:
        Where the database is, e.g. ``sqlite:///pbt.db`` or ``postgresql://user@host/name``. If
        None, see `orion_pbt.storage.location.find_url`.
    database:
        Oríon's options of that name; ``host`` may hold the URL.
    setup:
        Whether to create missing tables.
    lock_lease:
        Seconds for which a worker that was killed while it decided keeps the others waiting;
        `LOCK_LEASE` if None.
    trial_lease:
        Seconds for which a trial counts as being run without a heartbeat; 5 times Oríon's
        ``worker.heartbeat`` if None.
    clock:
        Tells the time, in seconds since 1970, instead of the database; for tests.

    Raises
    ------
    BadOption
        If an option cannot be.
    StorageError
        If the database cannot be reached, or is of a newer version of this package.
    """

    def __init__(
        self,
        url: str | None = None,
        database: Mapping[str, Any] | None = None,
        setup: bool = True,
        lock_lease: float | None = None,
        trial_lease: float | None = None,
        clock: Clock | None = None,
    ) -> None:
        options = read_options(sys.argv) if url is None else {}
        given = {"url": url, "lock_lease": lock_lease, "trial_lease": trial_lease}
        options.update((name, value) for name, value in given.items() if value is not None)
        lock_lease = to_lease("lock_lease", options.get("lock_lease", LOCK_LEASE))
        self.trial_lease: float | None = None
        if "trial_lease" in options:
            self.trial_lease = to_lease("trial_lease", options["trial_lease"])
        self.heartbeat: float | None = None
        url = location.find_url(options.get("url"), database)
        self._assemble(Database(url, clock), lock_lease)
        if setup:
            try:
                migrate(self._database)
            except BaseException:
                self.close()
                raise

    def _assemble(self, database: Database, lock_lease: float) -> None:
        self._database = database
        self._lock_lease = lock_lease
        self._algorithms = Algorithms(database, lock_lease)
        self._reservations = Reservations(database, self._current_lease)
        self._trials = Trials(database, self._reservations, self._algorithms.check_fence)
        self._experiments = Collection(
            database,
            schema.experiments,
            {
                "name": ("name", values.to_text, None),
                "version": ("version", _to_version, 1),
                "parent": ("refers.parent_id", values.to_key, None),
                "root": ("refers.root_id", values.to_key, None),
            },
        )
        by_name = {"name": ("name", values.to_text, None)}
        self._benchmarks = Collection(database, schema.benchmarks, by_name)
        by_collection = {"collection": ("collection", values.to_text, None)}
        self.documents = Documents(
            self._trials,
            {"experiments": self._experiments, "benchmarks": self._benchmarks},
            Collection(database, schema.others, by_collection),
        )

    def __getstate__(self) -> dict[str, Any]:
        return {
            "database": self._database,
            "lock_lease": self._lock_lease,
            "trial_lease": self.trial_lease,
            "heartbeat": self.heartbeat,
            "claims": self._reservations.claims,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.trial_lease = state["trial_lease"]
        self.heartbeat = state["heartbeat"]
        self._assemble(state["database"], state["lock_lease"])
        self._reservations.claims.update(state["claims"])

    @property
    def _db(self) -> orion_database.SQL:
        """The storage as Oríon's database, which a few places in Oríon reach for."""
        return orion_database.SQL(repr(self._database), self.documents)

    def __repr__(self) -> str:
        return f"SQL({self._database!r})"

    def _current_lease(self) -> float:
        if self.trial_lease is not None:
            return self.trial_lease
        # The client's, set by a correction in orion_pbt.upstream, or the global one.
        heartbeat = self.heartbeat or orion.core.config.worker.heartbeat
        return float(heartbeat * BEATS_PER_LEASE)

    def close(self) -> None:
        """Close the connections of this process."""
        self._database.close()

    # -- benchmarks ----------------------------------------------------------------------------

    def create_benchmark(self, config: Document) -> int:
        """Insert a benchmark, which gets its ``_id``."""
        self._benchmarks.insert(config)
        return 1

    @reads_again
    def fetch_benchmark(self, query: Where, selection: Selection | None = None) -> list[Document]:
        """Return the benchmarks that fulfil a query."""
        return self._benchmarks.find(query, selection)

    # -- experiments ---------------------------------------------------------------------------

    def create_experiment(self, config: Document) -> int:
        """Insert an experiment, which gets its ``_id``, and its algorithm's lock."""
        algorithm = config.get("algorithm", {})
        self._experiments.insert(
            config, lambda connection, uid: self._create_lock(connection, uid, algorithm)
        )
        return 1

    def _create_lock(self, connection: Any, uid: Any, configuration: Any) -> None:
        self._algorithms.create(connection, uid, configuration)

    def delete_experiment(self, experiment: Any = None, uid: Any = None) -> int:
        """Delete an experiment, but not its trials; return how many there were."""
        return self._experiments.delete({"_id": get_uid(experiment, uid)})

    def update_experiment(
        self, experiment: Any = None, uid: Any = None, where: Where | None = None, **kwargs: Any
    ) -> int:
        """Change parts of an experiment; return how many fulfilled `where`."""
        return self._experiments.change({**(where or {}), "_id": get_uid(experiment, uid)}, kwargs)

    @reads_again
    def fetch_experiments(self, query: Where, selection: Selection | None = None) -> list[Document]:
        """Return the experiments that fulfil a query."""
        return self._experiments.find(query, selection)

    # -- trials --------------------------------------------------------------------------------

    def register_trial(self, trial: Trial) -> Trial:
        """Insert a trial, which gets its ``id_override``."""
        self._trials.register(trial)
        return trial

    @reads_again
    def fetch_trials(
        self, experiment: Any = None, uid: Any = None, where: Where | None = None
    ) -> list[Trial]:
        """Return the trials of an experiment that fulfil `where`."""
        return self._trials.fetch({**(where or {}), "experiment": get_uid(experiment, uid)})

    @reads_again
    def get_trial(
        self, trial: Trial | None = None, uid: str | None = None, experiment_uid: Any = None
    ) -> Trial | None:
        """Return one trial, None if there is none such."""
        trial_uid, experiment_uid = get_trial_uid_and_exp(trial, uid, experiment_uid)
        return self._trials.get(trial_uid, experiment_uid)

    def update_trials(
        self, experiment: Any = None, uid: Any = None, where: Where | None = None, **kwargs: Any
    ) -> int:
        """Change parts of the trials of an experiment that fulfil `where`."""
        return self._trials.change(
            {**(where or {}), "experiment": get_uid(experiment, uid)}, kwargs
        )

    def update_trial(
        self,
        trial: Trial | None = None,
        uid: str | None = None,
        experiment_uid: Any = None,
        where: Where | None = None,
        **kwargs: Any,
    ) -> int:
        """Change parts of one trial, if it fulfils `where`."""
        trial_uid, experiment_uid = get_trial_uid_and_exp(trial, uid, experiment_uid)
        return self._trials.change(
            {**(where or {}), "id": trial_uid, "experiment": experiment_uid}, kwargs
        )

    def delete_trials(
        self, experiment: Any = None, uid: Any = None, where: Where | None = None
    ) -> int:
        """Delete the trials of an experiment that fulfil `where`; return how many there were."""
        return self._trials.delete({**(where or {}), "experiment": get_uid(experiment, uid)})

    def retrieve_result(self, trial: Trial, *_args: Any, **_kwargs: Any) -> Trial:
        """Return the trial: it has its results."""
        return trial

    def reserve_trial(self, experiment: Any) -> Trial | None:
        """Claim a trial that waits, or whose worker died, None if there is none."""
        return self._reservations.reserve(experiment.id)

    @reads_again
    def fetch_lost_trials(self, experiment: Any) -> list[Trial]:
        """Return the reserved trials whose lease has expired."""
        return self._reservations.lost(experiment.id)

    def push_trial_results(self, trial: Trial) -> int:
        """Write a trial with its results, if this worker's reservation holds."""
        return self._reservations.push_results(trial)

    def set_trial_status(
        self, trial: Trial, status: str, heartbeat: datetime | None = None, was: str | None = None
    ) -> None:
        """Change the status of a trial, if it still is what it was."""
        self._reservations.set_status(trial, status, heartbeat, was)

    def update_heartbeat(self, trial: Trial) -> int:
        """Renew a reservation; return 0 where it was lost."""
        return self._reservations.beat(trial)

    @reads_again
    def fetch_pending_trials(self, experiment: Any) -> list[Trial]:
        """Return the trials that wait for a worker."""
        return self._trials.fetch({"experiment": experiment.id, "status": {"$in": PENDING}})

    @reads_again
    def fetch_noncompleted_trials(self, experiment: Any) -> list[Trial]:
        """Return the trials that are not completed."""
        return self._trials.fetch({"experiment": experiment.id, "status": {"$ne": "completed"}})

    @reads_again
    def fetch_trials_by_status(self, experiment: Any, status: str) -> list[Trial]:
        """Return the trials that have a status."""
        return self._trials.fetch({"experiment": experiment.id, "status": status})

    def count_completed_trials(self, experiment: Any) -> int:
        """Return the number of completed trials."""
        return self.count_trials([experiment.id]).get("completed", 0)

    def count_broken_trials(self, experiment: Any) -> int:
        """Return the number of broken trials."""
        return self.count_trials([experiment.id]).get("broken", 0)

    # -- what Oríon's protocol lacks, for orion_pbt.upstream and orion_pbt.cli ------------------

    @reads_again
    def count_trials(self, experiments: Sequence[Any]) -> dict[str, int]:
        """Return the number of trials of each status, of several experiments (by id) together."""
        return self._trials.count(experiments)

    @reads_again
    def fetch_trial_statuses(self, experiment: Any) -> dict[str, str]:
        """Return the status of each trial of an experiment (by id), by the trial's id."""
        return self._trials.statuses(experiment)

    def interrupt_lost_trials(self, experiments: Sequence[Any]) -> int:
        """Make the lost trials of experiments (by id) available; return how many there were."""
        return self._reservations.interrupt_lost(experiments)

    @reads_again
    def fetch_activity(self, experiment: Any) -> Activity:
        """Return who is at work on an experiment (by id), and how fast."""
        return activity.read(self._database, experiment)

    # -- algorithms ----------------------------------------------------------------------------

    def initialize_algorithm_lock(self, experiment_id: Any, algorithm_config: Any) -> int:
        """Create the lock of an experiment's algorithm, unless it is there."""
        return self._algorithms.initialize(experiment_id, algorithm_config)

    def release_algorithm_lock(
        self, experiment: Any = None, uid: Any = None, new_state: Any = None
    ) -> int:
        """Take the lock from whoever holds it; return 0 if nobody does."""
        return self._algorithms.release(get_uid(experiment, uid), new_state)

    @reads_again
    def get_algorithm_lock_info(
        self, experiment: Any = None, uid: Any = None
    ) -> LockedAlgorithmState | None:
        """Return the state of an algorithm without taking the lock."""
        return self._algorithms.info(get_uid(experiment, uid))

    def delete_algorithm_lock(self, experiment: Any = None, uid: Any = None) -> int:
        """Delete the lock and the state of an algorithm; return how many there were."""
        return self._algorithms.delete(get_uid(experiment, uid))

    @contextlib.contextmanager
    def acquire_algorithm_lock(
        self,
        experiment: Any = None,
        uid: Any = None,
        timeout: float = 60,
        retry_interval: float = 1,
    ) -> Iterator[LockedAlgorithmState]:
        """Hold the lock of an algorithm, and save the state that was set when the block ends."""
        locked = self._algorithms.locked(get_uid(experiment, uid), timeout, retry_interval)
        with locked as state:
            yield state


def _to_version(version: Any) -> int:
    if type(version) is not int:
        raise ValueError(f"A version is a whole number, not {version!r}.")
    return version
