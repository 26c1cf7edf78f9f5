"""The real server on a loopback port."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from firstresponder.config import Web
from firstresponder.errors import BadConfig
from firstresponder.testing.app import FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app
from firstresponder.web.server import bound, server


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free loopback port, and give its address."""
    running = server(app)
    ready = threading.Event()
    running.tell = ready.set
    with bound("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        assert ready.wait(10)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def url() -> Iterator[str]:
    """Serve the fake application."""
    with serving(create_app(FakeResponder(), token="sesame", settings=Web(), clock=FakeClock())) as address:
        yield address


def test_it_serves(url: str) -> None:
    """Over a real socket a local alert needs no token, and the server does not say what it runs on."""
    with httpx2.Client(trust_env=False) as client:
        reply = client.post(f"{url}/alert", json={"labels": {"alertname": "A"}})
        assert (reply.status_code, reply.text) == (200, '{"status":"success"}')
        assert "server" not in reply.headers


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via"])
def test_a_forwarded_alert_needs_the_token(url: str, header: str) -> None:
    """A forwarding header, whatever address it names, is not trusted: the token is wanted."""
    with httpx2.Client(trust_env=False) as client:
        reply = client.post(f"{url}/alert", json={"labels": {"alertname": "A"}}, headers={header: "127.0.0.1"})
        assert reply.status_code == 401


def test_a_chunked_body_over_the_limit_is_refused(url: str) -> None:
    """A body without a declared length that is too large is 413, not a broken connection."""

    def chunks() -> Iterator[bytes]:
        for _ in range(11):
            yield b"x" * 1_000_000

    with httpx2.Client(trust_env=False, timeout=30) as client:
        assert client.post(f"{url}/alert", content=chunks()).status_code == 413


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    """After SIGTERM or SIGINT `run` returns, so that what was built can be put away, and the handlers are as before."""
    running = server(create_app(FakeResponder(), token="sesame", settings=Web(), clock=FakeClock()))
    running.tell = lambda: os.kill(os.getpid(), number)
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    with bound("127.0.0.1", 0) as listener:
        running.run(sockets=[listener])
    assert running.should_exit
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


def test_an_address_that_is_taken() -> None:
    """A port that somebody listens on is an error that names it, before anything was started."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BadConfig, match=rf"127\.0\.0\.1:{port} .*--port"):
            bound("127.0.0.1", port)


def test_a_host_that_is_none() -> None:
    """An address of another machine is refused in words."""
    with pytest.raises(BadConfig, match=r"192\.0\.2\.1"):
        bound("192.0.2.1", 0)


def test_nobody_but_the_socket_says_who_the_peer_is() -> None:
    """The server does not rewrite the peer's address from a header, also not from a proxy on this machine."""
    peers: list[str] = []

    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        peers.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with serving(echo) as address, httpx2.Client(trust_env=False) as client:
        client.get(address, headers={"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"})
    assert peers == ["127.0.0.1"]
