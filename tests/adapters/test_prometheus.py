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
