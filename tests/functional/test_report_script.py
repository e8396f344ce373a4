"""A script that reports and saves with ours, run by a real ``orion hunt``."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap

import pytest
from orion.client import get_experiment

SCRIPT = """
    import argparse
    from orion_pbt import checkpoint_dir, report_objective, saved_checkpoint, saving_checkpoint

    parser = argparse.ArgumentParser()
    parser.add_argument("--loss", type=float)
    parser.add_argument("--directory")
    options = parser.parse_args()

    assert saved_checkpoint() is None
    with saving_checkpoint(directory=options.directory) as path:
        path.write_text(str(options.loss))
    assert saved_checkpoint().parent.samefile(options.directory)
    assert saved_checkpoint().parent == checkpoint_dir()
    report_objective(-options.loss, name="score", mode="max")
"""

CONFIG = """
    experiment:
        algorithms: {{random: {{seed: 1}}}}
        max_trials: 4
    storage:
        type: legacy
        database: {{type: pickleddb, host: {host}}}
"""


def test_hunt_maximises_and_keeps_the_checkpoints(tmp_path):
    (tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT))
    (tmp_path / "orion.yaml").write_text(textwrap.dedent(CONFIG.format(host=tmp_path / "db.pkl")))
    command = [os.path.join(os.path.dirname(sys.executable), "orion"), "hunt", "-n", "report"]
    command += ["--config", "orion.yaml", "--working-dir", str(tmp_path / "work")]
    command += [sys.executable, "script.py", "--loss~choices([0.5, 0.75, 'nan', 'inf'])"]
    command += ["--directory", "{trial.working_dir}"]
    env = {key: value for key, value in os.environ.items() if not key.startswith("ORION_")}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

    database = {"type": "pickleddb", "host": str(tmp_path / "db.pkl")}
    experiment = get_experiment("report", storage={"type": "legacy", "database": database})
    trials = experiment.fetch_trials_by_status("completed")
    assert len(trials) == 4, done.stdout + done.stderr
    for trial in trials:
        stored, reported = trial.results
        assert (stored.name, stored.type) == ("score", "objective")
        assert (reported.name, reported.type) == ("reported_score", "statistic")
        loss = float(trial.params["/loss"])
        assert stored.value == pytest.approx(loss, nan_ok=True)
        assert reported.value == pytest.approx(-loss, nan_ok=True)
        with open(os.path.join(trial.working_dir, "checkpoint")) as checkpoint:
            assert checkpoint.read() == str(loss)
    numbers = [trial.objective.value for trial in trials if not math.isnan(trial.objective.value)]
    assert sorted(numbers) == [0.5, 0.75, math.inf]
