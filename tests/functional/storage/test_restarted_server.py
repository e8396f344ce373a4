"""`orion hunt` on a PostgreSQL server that is restarted in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[3] / ".ci" / "postgresql"
SCRIPT = """
import os, sys, time, orion_pbt
with open("begun.txt", "a") as file:
    print("one", file=file)
while os.path.exists("hold"):
    time.sleep(0.05)
orion_pbt.report_objective(float(sys.argv[2]))
"""
CONFIG = """
storage: {type: sql, url: 'URL'}
experiment:
  name: exp
  working_dir: trials
  algorithm: {pbt: {population_size: 4, generations: 5, seed: 1}}
"""
RESTART = """
import glob, os, subprocess, sys, time
from sqlalchemy.engine import make_url

url = os.environ["ORION_PBT_TEST_POSTGRESQL"]
with open("pbt.yaml") as file:
    config = file.read().replace("URL", url)
with open("pbt.yaml", "w") as file:
    file.write(config)
data = make_url(url).query["host"]
as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
control = [*as_user, sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))[-1], "-D", data + "/db"]
hunt = subprocess.Popen(sys.argv[1:])
for way, begun in (("fast", 4), ("immediate", 13)):
    while not os.path.isfile("begun.txt") or os.path.getsize("begun.txt") < 4 * begun:
        assert hunt.poll() is None, "it was over too soon"
        time.sleep(0.05)
    open("hold", "w").close()
    time.sleep(2)  # both workers train now, and nothing is written
    subprocess.run([*control, "-m", way, "-w", "stop"], cwd=data, check=True)
    time.sleep(1)
    where = ["-o", f"-k {data} -c listen_addresses=''", "-l", data + "/log"]
    if way == "immediate":
        os.remove("hold")  # the server is still away when their results are to be stored
        time.sleep(1)
    subprocess.run([*control, "-w", *where, "start"], cwd=data, check=True)
    if way == "fast":
        os.remove("hold")
sys.exit(hunt.wait())
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(
    "ORION_PBT_TEST_POSTGRESQL" not in os.environ or not SERVER.exists(),
    reason="no PostgreSQL server: ORION_PBT_TEST_POSTGRESQL is not set",
)
def test_a_hunt_survives_a_restart_of_the_server(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "pbt.yaml").write_text(CONFIG)
    (tmp_path / "restart.py").write_text(RESTART)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    orion = str(Path(sys.executable).with_name("orion"))
    hunt = [orion, "hunt", "-c", "pbt.yaml", "--n-workers", "2", sys.executable, "train.py"]
    space = ["--lr~loguniform(1e-3, 1)", "--epochs~fidelity(1, 6, base=1)"]
    done = subprocess.run(
        [str(SERVER), sys.executable, "restart.py", *hunt, *space],
        cwd=tmp_path,
        env={**kept, **home, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    assert "Traceback" not in done.stderr, done.stderr[-6000:]
    assert "24/24" in done.stderr + done.stdout
    assert (tmp_path / "begun.txt").read_text().count("one") == 24  # none was trained twice
