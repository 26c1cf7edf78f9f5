"""Prometheus over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from firstresponder.adapters.prometheus import Prometheus
from firstresponder.errors import Forbidden, Unreachable


class Server:
    """Answers every question with the same status and body."""

    def __init__(self) -> None:
        """Start on a free port."""
        self.status, self.body, self.asked = 200, b"", list[str]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Answer."""
                outer.asked.append(self.path)
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *args: object) -> None:
                """Be quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def rules(self, *rules: Any) -> None:
        """Answer with these rules."""
        self.body = json.dumps({"status": "success", "data": {"groups": [{"rules": list(rules)}]}}).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server."""
    made = Server()
    thread = Thread(target=made.http.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


async def ask(server: Server, url: str = "", **labels: str) -> bool | None:
    """Ask about the alert Crash."""
    metrics = Prometheus(url or server.url, timeout=5)
    try:
        return await metrics.firing("Crash", labels)
    finally:
        await metrics.close()


def rule(*alerts: tuple[str, dict[str, str]], name: str = "Crash", kind: str = "alerting") -> Any:
    """A rule and its alerts."""
    return {"type": kind, "name": name, "alerts": [{"state": state, "labels": labels} for state, labels in alerts]}


@pytest.mark.parametrize(
    ("rules", "answer"),
    [
        ([], None),
        ([rule(("firing", {"pod": "a"}), name="Other")], None),
        ([rule(kind="recording")], None),
        ([rule()], False),
        ([rule(("firing", {"pod": "b"}))], False),
        ([rule(("inactive", {"pod": "a"}))], False),
        ([rule(("pending", {"pod": "a", "x": "y"}))], True),
        ([rule(), rule(("firing", {"pod": "a"}))], True),
    ],
)
async def test_firing_is_by_name_and_labels(server: Server, rules: Any, answer: bool | None) -> None:  # noqa: FBT001
    """None without such a rule; else whether an alert that carries the labels is pending or firing."""
    server.rules(*rules)
    assert await ask(server, pod="a") is answer


async def test_a_path_prefix_is_kept(server: Server) -> None:
    """Prometheus behind a prefix is asked under it, for alerting rules of that name."""
    server.rules(rule())
    await ask(server, server.url + "/prom/")
    assert server.asked == ["/prom/api/v1/rules?type=alert&rule_name%5B%5D=Crash"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, b"", Forbidden),
        (401, b"", Forbidden),
        (503, b'{"status":"error","error":"starting"}', Unreachable),
        (200, b"<html>", Unreachable),
        (200, b'{"status":"error"}', Unreachable),
        (404, b"not here", Unreachable),
    ],
)
async def test_what_is_no_answer_is_an_error(server: Server, status: int, body: bytes, error: type[Exception]) -> None:
    """Never None or False for a question that was not answered."""
    server.status, server.body = status, body
    with pytest.raises(error):
        await ask(server)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "ftp://127.0.0.1"])
async def test_nobody_there_is_unreachable(server: Server, url: str) -> None:
    """A wrong or dead address is Unreachable."""
    with pytest.raises(Unreachable):
        await ask(server, url)


class Pages(Server):
    """Answers each path with its own data; a path without data is 404."""

    def __init__(self, **pages: Any) -> None:
        """`pages`: the last part of the path, and its data."""
        super().__init__()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Answer."""
                name = self.path.partition("?")[0].rpartition("/")[2]
                body = json.dumps({"status": "success", "data": pages.get(name, {})}).encode()
                self.send_response(200 if name in pages else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Be quiet."""

        self.http.RequestHandlerClass = Handler
        self.outer = outer


async def checked(**pages: Any) -> list[tuple[str, str, str]]:
    """Check a server with these pages: part, state and words of each finding."""
    made = Pages(**pages)
    thread = Thread(target=made.http.serve_forever, args=(0.01,))
    thread.start()
    metrics = Prometheus(made.url, timeout=5)
    try:
        return [(one.part, one.state, one.says + one.fix) for one in await metrics.check()]
    finally:
        await metrics.close()
        made.http.shutdown()
        made.http.server_close()
        thread.join()


RULES = {"groups": [{"rules": [rule(), rule(kind="recording"), rule(name="Other")]}]}


async def test_a_check_finds_version_rules_and_alertmanagers() -> None:
    """All three are told; that nobody can see from here whether we are a receiver is told too."""
    own, receivers = await checked(
        rules=RULES, buildinfo={"version": "3.1.0"}, alertmanagers={"activeAlertmanagers": [{"url": "http://am:9093/api/v2"}]}
    )
    assert own == ("Prometheus", "ok", "reachable, version 3.1.0, 2 alerting rules")
    assert receivers[:2] == ("Alertmanager", "ok")
    assert "cannot be seen from here" in receivers[2]
    assert "test-alert --to" in receivers[2]


async def test_a_check_of_what_lacks_something() -> None:
    """No rules and no Alertmanager are warnings; an unknown version is none; a page that is not there is said."""
    own, receivers = await checked(rules={"groups": []}, alertmanagers={"activeAlertmanagers": []})
    assert own[:2] == ("Prometheus", "warn")
    assert "version unknown, 0 alerting rules" in own[2]
    assert receivers[:2] == ("Alertmanager", "warn")
    _, receivers = await checked(rules=RULES)
    assert receivers[:2] == ("Alertmanager", "warn")
    assert "404" in receivers[2]


async def test_a_check_of_what_does_not_answer_raises() -> None:
    """Without the rules there is nothing to say: Unreachable, and whoever asked makes a finding of it."""
    with pytest.raises(Unreachable):
        await checked(buildinfo={"version": "3.1.0"})
