"""Plots by Oríon's own command, and in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orion.client import build_experiment, get_experiment

ORION = str(Path(sys.executable).parent / "orion")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
RECORDED = Path(__file__).parent / "data" / "digits.db"
KINDS = ("lineage", "population", "schedule")


def storage(path: Path) -> dict[str, Any]:
    return {"type": "legacy", "database": {"type": "pickleddb", "host": str(path / "db.pkl")}}


def make(path: Path, name: str = "exp", trials: int = 100, **changed: Any) -> Any:
    client = build_experiment(
        name,
        space=changed.pop(
            "space", {"lr": "loguniform(1e-4, 1)", "epochs": "fidelity(1, 6, base=1)"}
        ),
        algorithm={"pbt": {"population_size": 6, "generations": 5, "seed": 1}},
        storage=storage(path),
        **changed,
    )
    for number in range(trials):
        if client.is_done:
            break
        trial = client.suggest()
        if number == 8:
            client.release(trial, "broken")
            continue
        gain = trial.params["epochs"] / (1 + abs(trial.params["lr"] - 0.01))
        results = [
            {"name": "accuracy", "type": "objective", "value": -gain},
            {"name": "reported_accuracy", "type": "statistic", "value": gain},
        ]
        client.observe(trial, results)
    return client


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plots")
    make(path)
    build_experiment("empty", space={"lr": "uniform(0, 1)"}, storage=storage(path))
    (path / "db.yaml").write_text(json.dumps({"storage": storage(path)}))
    return path


def orion_plot(place: Path, *arguments: str) -> str:
    command = [ORION, "plot", *arguments, "-c", "db.yaml"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("kind", "extension", "start"),
    [
        ("lineage", "png", b"\x89PNG"),
        ("lineage", "svg", b"<svg"),
        ("population", "html", b"<html>"),
        ("schedule", "json", b'{"data"'),
    ],
)
def test_orion_plot_writes_each_type(place: Path, kind: str, extension: str, start: bytes) -> None:
    orion_plot(place, kind, "--name", "exp", "--type", extension)
    content = (place / f"exp-v1_{kind}.{extension}").read_bytes()
    assert content.startswith(start)
    if extension != "png":
        assert b"exp-v1" in content


def test_an_empty_experiment_is_no_error(place: Path) -> None:
    orion_plot(place, "lineage", "--name", "empty", "--type", "json")
    figure = json.loads((place / "empty-v1_lineage.json").read_text())
    assert "no trial in this experiment" in figure["layout"]["annotations"][0]["text"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_has_the_kinds(place: Path, kind: str) -> None:
    client = get_experiment("exp", storage=storage(place))
    figure = getattr(client.plot, kind)()
    assert figure.to_json() == client.plot(kind=kind).to_json()
    assert "exp-v1" in figure.layout.title.text


def test_the_score_is_shown_as_reported(place: Path) -> None:
    client = get_experiment("exp", storage=storage(place))
    figure = client.plot.lineage(color="lr")
    best = max(trial.statistics[0].value for trial in client.fetch_trials() if trial.results)
    assert f"best accuracy {best:.4g}" in figure.layout.title.text
    assert "1 broken" in figure.layout.title.text


def test_other_versions_are_shown_where_asked(tmp_path: Path) -> None:
    make(tmp_path, trials=9)
    wider = {
        "lr": "loguniform(1e-4, 1)",
        "epochs": "fidelity(1, 6, base=1)",
        "momentum": "uniform(0, 1, default_value=0.5)",
    }
    client = make(tmp_path, trials=7, space=wider, branching={"enable": True})
    assert client.version == 2
    alone = client.plot.lineage()
    together = client.plot.lineage(with_evc_tree=True)
    # The population goes on from the first version, whose trials belong to it.
    assert "16 trials" in alone.layout.title.text
    assert 0 < len(client.fetch_trials()) < 9
    every = len(client.fetch_trials(with_evc_tree=True))
    assert f"{every} trials" in together.layout.title.text
    from orion_pbt.plotting.reading import read_picture

    points = read_picture(client, with_evc_tree=True).points
    generations = [point.member.generation for point in points if point.member.parent]
    assert generations  # children find parents whose id changed with the new hyperparameter
    assert len(generations) == sum(trial.parent is not None for trial in client.fetch_trials(True))


class Browser:
    """Chromium without a window, told what to do through a pipe (its DevTools protocol)."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # The browser reads from its file descriptor 3 and writes to 4.
        command = f'exec "{CHROMIUM}" "$@" 3<&{to_read} 4>&{to_write}'
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        options += [f"--user-data-dir={profile}", "--window-size=1600,1200", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", command, "chromium", *options],
            pass_fds=(to_read, to_write),
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._count = 0
        self.events: list[dict[str, Any]] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self._session: str | None = None
        arguments = {"targetId": page["targetId"], "flatten": True}
        self._session = self.call("Target.attachToTarget", **arguments)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if getattr(self, "_session", None):
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def wait_for(self, event: str) -> None:
        while all(each.get("method") != event for each in self.events):
            self.events.append(self._receive())

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, or of what it promises."""
        arguments = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", **arguments)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._read, 1 << 20)
            assert part, "the browser ended"
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        return dict(json.loads(message))

    def close(self) -> None:
        os.write(self._write, json.dumps({"id": 0, "method": "Browser.close"}).encode() + b"\0")
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium; apt-get install chromium")
    browser = Browser(tmp_path / "profile")
    yield browser
    browser.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_html_works_in_a_browser_without_a_network(
    tmp_path: Path, browser: Browser, kind: str
) -> None:
    shutil.copy(RECORDED, tmp_path)
    place = {"type": "sql", "url": f"sqlite:///{tmp_path / RECORDED.name}"}
    (tmp_path / "db.yaml").write_text(json.dumps({"storage": place}))
    orion_plot(tmp_path, kind, "--name", "digits", "--type", "html")
    page = (tmp_path / f"digits-v1_{kind}.html").as_uri()
    browser.call("Page.navigate", url=page)
    browser.wait_for("Page.loadEventFired")
    plot = "document.querySelector('.plotly-graph-div')"
    assert "digits-v1" in browser.evaluate(f"{plot}.querySelector('.gtitle').textContent")
    assert browser.evaluate(f"{plot}.querySelectorAll('.scatterlayer .trace').length") >= 3

    # Move the mouse over a point that has something to say.
    x, y = browser.evaluate(
        f"""(() => {{
            const plot = {plot};
            const trace = plot._fullData.find(each => each.hovertemplate && each.text);
            const axes = [plot._fullLayout[trace.xaxis.replace('x', 'xaxis')],
                          plot._fullLayout[trace.yaxis.replace('y', 'yaxis')]];
            const box = plot.getBoundingClientRect();
            const at = (axis, value) => axis._offset + axis.c2p(axis.d2c(value));
            return [box.left + at(axes[0], trace.x[0]), box.top + at(axes[1], trace.y[0])];
        }})()"""
    )
    for step in (5, 0):
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + step, y=y)
    hover = browser.evaluate(
        f"""new Promise(done => {{
            const look = left => {{
                const text = {plot}.querySelector('.hoverlayer').textContent;
                text || !left ? done(text) : setTimeout(() => look(left - 1), 50);
            }};
            look(100);
        }})"""
    )
    assert "alpha = " in hover

    browser.evaluate("new Promise(done => setTimeout(done, 500))")
    requested = [
        each["params"]["request"]["url"]
        for each in browser.events
        if each.get("method") == "Network.requestWillBeSent"
    ]
    assert {urllib.parse.urlsplit(url).scheme for url in requested} <= {"file", "data", "blob"}
    assert [
        each for each in browser.events if each.get("method") == "Runtime.exceptionThrown"
    ] == []
    errors = [
        each
        for each in browser.events
        if each.get("method") == "Log.entryAdded" and each["params"]["entry"]["level"] == "error"
    ]
    assert errors == []
