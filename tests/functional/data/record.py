"""The digits example, recorded: a real experiment to draw plots from, and what they have to show.

``python record.py run DIRECTORY`` records the experiment of ``examples/digits/run.py`` that is in a
directory into ``digits.db``; ``python record.py expect`` writes what the plots of it show into
``digits_records.json``. Do the second where the plots are meant to change, and look at them.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from orion.client import get_experiment
from orion.storage.base import setup_storage

from orion_pbt.plotting.lineage_record import record_lineage
from orion_pbt.plotting.population_record import record_population
from orion_pbt.plotting.reading import read_picture
from orion_pbt.plotting.schedule_record import record_schedule
from orion_pbt.storage.copying import copy_experiment

HERE = Path(__file__).parent
DATABASE = HERE / "digits.db"
EXPECTED = HERE / "digits_records.json"
RECORDS = {
    "lineage": record_lineage,
    "population": record_population,
    "schedule": record_schedule,
}


def records() -> dict[str, Any]:
    """Return what the plots of the recorded experiment show, as plain data."""
    with tempfile.TemporaryDirectory() as place:
        copy = shutil.copy(DATABASE, place)  # to open a database is to write beside it
        client = get_experiment("digits", storage={"type": "sql", "url": f"sqlite:///{copy}"})
        picture = read_picture(client)
        found = {kind: asdict(record(picture)) for kind, record in RECORDS.items()}
        client.storage.close()
    plain: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return plain


def run(directory: Path) -> None:
    """Record an experiment without the paths of the machine that it ran on."""
    DATABASE.unlink(missing_ok=True)
    source = setup_storage({"type": "sql", "url": f"sqlite:///{directory / 'digits.db'}"})
    target = setup_storage({"type": "sql", "url": f"sqlite:///{DATABASE}"})
    copy_experiment(source, target, "digits")
    (document,) = target.fetch_experiments({"name": "digits"})
    metadata = {key: document["metadata"][key] for key in ("orion_version", "datetime")}
    changes = {"metadata": {"user": "recorder", **metadata}, "working_dir": "trials"}
    target.update_experiment(uid=document["_id"], **changes)
    target.update_trials(uid=document["_id"], exp_working_dir="trials")
    target.close()
    with contextlib.closing(sqlite3.connect(DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("VACUUM")  # what was changed is still in its free pages


if __name__ == "__main__":
    if sys.argv[1] == "run":
        run(Path(sys.argv[2]))
    EXPECTED.write_text(json.dumps(records(), indent=1, ensure_ascii=False) + "\n", encoding="utf8")
