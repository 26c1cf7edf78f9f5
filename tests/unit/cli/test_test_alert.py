"""`test-alert`: what is sent, how far it has come, what is said where it goes no further, and that it is always ended."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.cli import trial
from firstresponder.errors import Temporary
from firstresponder.intake.parse import parse_webhook
from firstresponder.model import Alert, Delivery, Phase, StoredAlert
from firstresponder.testing.app import NOON, FakeResponder, example_view

Run = Any


class Pipeline:
    """Does with an alert what the real application does, at once: files, briefs, tells, closes; each can be left out."""

    def __init__(self, responder: FakeResponder) -> None:
        """Stand behind the responder's webhook."""
        self.responder = responder
        self.alerts: list[Alert] = []
        self.files, self.briefs, self.closes = True, True, True
        self.told: tuple[Delivery, ...] = (Delivery(sink="slack", what="card", state="sent", at=NOON, attempts=1),)
        responder.receive = self.receive  # type: ignore[method-assign]

    async def receive(self, alerts: Sequence[Alert]) -> None:
        """Take them."""
        self.alerts += alerts
        for alert in alerts:
            if alert.status == "resolved":
                self._close(alert)
            elif self.files:
                self._file(alert)

    def _file(self, alert: Alert) -> None:
        view = example_view("inc-0009", phase=Phase.ESCALATED if self.briefs else Phase.INVESTIGATING)
        stored = (StoredAlert(seq=1, alert=alert, first_received_at=NOON, incident_id="inc-0009"),)
        brief = view.brief if self.briefs else None
        self.responder.views["inc-0009"] = replace(view, alerts=stored, brief=brief, deliveries=self.told)

    def _close(self, alert: Alert) -> None:
        view = self.responder.views.get("inc-0009")
        same = view and [(one.alert.labels, one.alert.starts_at) for one in view.alerts] == [(alert.labels, alert.starts_at)]
        if view and same and self.closes:
            row = replace(view.incident, phase=Phase.CLOSED, reason="resolved by itself")
            self.responder.views["inc-0009"] = replace(view, incident=row)

    @property
    def fates(self) -> list[str]:
        """The statuses that were sent."""
        return [alert.status for alert in self.alerts]


@pytest.fixture
def pipeline(responder: FakeResponder) -> Pipeline:
    """A pipeline that works."""
    return Pipeline(responder)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once."""
    monkeypatch.setattr(trial, "EVERY", 0.01)


def stages(result: Any) -> dict[str, str]:
    """The stages of a JSON answer, in order, with what was said."""
    return {each["stage"]: each["says"] for each in json.loads(result.stdout)["stages"]}


def test_it_is_followed_to_its_end(talk: Run, pipeline: Pipeline) -> None:
    """Received, filed, brief, told, resolved, closed, each with its time; the alert says that it is a test."""
    result = talk("test-alert", "--format", "json")
    assert result.exit_code == 0, result.output
    assert list(stages(result)) == ["received", "filed", "brief", "told", "resolved", "closed"]
    assert stages(result)["told"] == "slack: sent"
    times = [each["seconds"] for each in json.loads(result.stdout)["stages"]]
    assert times == sorted(times)
    firing, resolved = pipeline.alerts
    assert firing.labels["firstresponder_test"] == "true"
    assert firing.labels["severity"] == "info"
    assert "nothing is broken" in firing.annotations["summary"]
    assert (resolved.status, resolved.labels, resolved.starts_at) == ("resolved", firing.labels, firing.starts_at)


def test_what_a_person_reads(talk: Run, pipeline: Pipeline) -> None:
    """That it is a test stands first, the stages come with seconds, and the brief is that of `incident show`."""
    result = talk("test-alert")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("A TEST, run ")
    assert 'firstresponder_test="true"' in lines[0]
    assert lines[1].split()[0] == "received"
    assert lines[1].split()[2] == "s"
    assert "Deployment api crash-loops since its release 5" in result.stdout
    assert "nothing can be repaired by it" in result.stdout
    assert lines[-1].split()[0] == "closed"


def test_labels_of_ones_own(talk: Run, pipeline: Pipeline) -> None:
    """Name, severity and an object can be given; that an object is named is said."""
    words = ("--name", "KubePodCrashLooping", "--label", "namespace=shop", "--label", "pod=a=b", "--label", "severity=critical")
    result = talk("test-alert", *words, "--format", "json")
    labels = pipeline.alerts[0].labels
    assert (labels["alertname"], labels["namespace"], labels["pod"], labels["severity"]) == (
        "KubePodCrashLooping", "shop", "a=b", "critical",
    )  # fmt: skip
    assert "look at what is proposed" in stages(result)["brief"]


@pytest.mark.parametrize("label", ["nonsense", "=x", "a-b=c", "a=", "firstresponder_test=false", "alertname=X"])
def test_labels_that_cannot_be(talk: Run, pipeline: Pipeline, label: str) -> None:
    """A label that is none, or that is the command's own, is wrong use, and nothing is sent."""
    result = talk("test-alert", "--label", label)
    assert (result.exit_code, pipeline.alerts) == (2, [])
    assert "--label" in result.stderr


def test_it_can_be_kept_and_ended_later(talk: Run, pipeline: Pipeline) -> None:
    """With --keep it goes on firing and the command to end it is said; that command ends the very same alert."""
    result = talk("test-alert", "--keep", "--format", "json")
    assert (result.exit_code, pipeline.fates) == (0, ["firing"])
    run = json.loads(result.stdout)["run"]
    assert f"--resolve {run}" in stages(result)["kept"]
    result = talk("test-alert", "--resolve", run, "--format", "json")
    assert (result.exit_code, list(stages(result))) == (0, ["resolved", "closed"])
    assert pipeline.fates == ["firing", "resolved"]
    result = talk("test-alert", "--resolve", "nope")
    assert (result.exit_code, "no open incident" in result.stderr) == (1, True)


def _nothing_filed(pipeline: Pipeline) -> None:
    pipeline.files = False


def _no_brief(pipeline: Pipeline) -> None:
    pipeline.briefs = False


def _still_telling(pipeline: Pipeline) -> None:
    pipeline.told = (Delivery(sink="slack", what="card", state="waiting", at=NOON, attempts=3, error="429"),)


def _never_closed(pipeline: Pipeline) -> None:
    pipeline.closes = False


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (_nothing_filed, "no incident within 1 s: is the worker at work?"),
        (_no_brief, "no brief within 1 s"),
        (_still_telling, "telling still waits after 1 s"),
        (_never_closed, "not closed within 1 s: 'firstresponder incident show inc-0009' says why"),
    ],
)
def test_where_it_goes_no_further(talk: Run, pipeline: Pipeline, breaks: Callable[[Pipeline], None], says: str) -> None:
    """A stage that is not reached in its time ends with 1 and is said; the alert is ended all the same."""
    breaks(pipeline)
    result = talk("test-alert", "--wait", "1", "--format", "json")
    assert result.exit_code == 1
    assert says in stages(result)["missing"]
    assert pipeline.fates == ["firing", "resolved"]


def test_a_sink_that_gave_up(talk: Run, pipeline: Pipeline) -> None:
    """A delivery that was given up is a failure, with the sink's name and its error."""
    pipeline.told = (Delivery(sink="slack", what="card", state="given_up", at=NOON, attempts=9, error="channel_not_found"),)
    result = talk("test-alert", "--format", "json")
    assert result.exit_code == 1
    assert stages(result)["told"] == "slack: given up (channel_not_found)"


def test_with_nobody_to_tell(talk: Run, pipeline: Pipeline) -> None:
    """Without a sink that is said, and is no failure."""
    pipeline.told = ()
    result = talk("test-alert", "--format", "json")
    assert (result.exit_code, stages(result)["told"].startswith("nobody")) == (0, True)


def test_an_error_on_the_way_ends_the_alert(talk: Run, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the server stops answering in between, the alert is still resolved before the command fails."""

    async def broken(**_: object) -> None:
        raise Temporary("the store is busy")

    pipeline.responder.incidents = broken  # type: ignore[assignment,method-assign]
    result = talk("test-alert")
    assert result.exit_code == 3
    assert pipeline.fates == ["firing", "resolved"]


def test_without_a_server(run: Run, tmp_path: Any) -> None:
    """Nobody there is one line and 3."""
    result = run("test-alert", "--url", "http://127.0.0.1:1", "--data-dir", str(tmp_path))
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1)


@pytest.fixture
def alertmanager(pipeline: Pipeline) -> Iterator[Any]:
    """An Alertmanager that passes on what it gets when `routes` says so."""

    class Router(ThreadingHTTPServer):
        got: list[Any] = []  # noqa: RUF012 - each test has its own class
        routes = True

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take alerts as its API v2 does."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            Router.got.append((self.path, body))
            if Router.routes:
                ended = [alert | {"status": "resolved" if len(Router.got) > 1 else "firing"} for alert in body]
                parsed = parse_webhook(json.dumps({"version": "4", "alerts": ended}).encode(), NOON)
                import asyncio  # noqa: PLC0415 - only here

                asyncio.run(pipeline.receive(parsed.alerts))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Be quiet."""

    made = Router(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def test_through_an_alertmanager(talk: Run, pipeline: Pipeline, alertmanager: Any) -> None:
    """With --to the alert goes to the Alertmanager's API only, ends by itself if forgotten, and arrives here."""
    to = f"http://127.0.0.1:{alertmanager.server_address[1]}/"
    result = talk("test-alert", "--to", to, "--format", "json")
    assert result.exit_code == 0, result.output
    assert [path for path, _ in alertmanager.got] == ["/api/v2/alerts", "/api/v2/alerts"]
    (fired,), (ended,) = (body for _, body in alertmanager.got)
    assert fired["labels"]["firstresponder_test"] == "true"
    assert fired["startsAt"] == ended["startsAt"] < ended["endsAt"] < fired["endsAt"]
    assert "closed" in stages(result)


def test_an_alertmanager_that_does_not_send_it_on(talk: Run, pipeline: Pipeline, alertmanager: Any) -> None:
    """What never arrives ends with 1 and with what to look at: the route, silences, the address."""
    type(alertmanager).routes = False
    to = f"http://127.0.0.1:{alertmanager.server_address[1]}"
    result = talk("test-alert", "--to", to, "--wait", "1", "--format", "json")
    assert result.exit_code == 1
    said = stages(result)["missing"]
    assert "amtool config routes test" in said
    assert "silenced" in said
    assert len(alertmanager.got) == 2


def test_an_alertmanager_that_is_slow_to_end(talk: Run, pipeline: Pipeline, alertmanager: Any) -> None:
    """That its end takes the group's interval is said, and is no failure: the way is proven."""
    pipeline.closes = False
    to = f"http://127.0.0.1:{alertmanager.server_address[1]}"
    result = talk("test-alert", "--to", to, "--wait", "1", "--format", "json")
    assert result.exit_code == 0
    assert "group_interval" in stages(result)["open"]


@pytest.mark.parametrize(("to", "code"), [("nonsense", 2), ("http://127.0.0.1:1", 3)])
def test_no_alertmanager_there(talk: Run, pipeline: Pipeline, to: str, code: int) -> None:
    """A wrong address is wrong use, a dead one is 3; nothing reaches the server."""
    result = talk("test-alert", "--to", to)
    assert (result.exit_code, pipeline.alerts) == (code, [])
