"""A client on this machine, one far away, and the fake application behind them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from firstresponder.config import Web
from firstresponder.testing.app import FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app

TOKEN = "correct-horse-battery"
BEARER = {"authorization": f"Bearer {TOKEN}"}
MAX_BODY = 20_000

Clients = Callable[..., TestClient]


@pytest.fixture
def responder() -> FakeResponder:
    """Return the application that holds one incident that asks."""
    return FakeResponder()


@pytest.fixture
def app(responder: FakeResponder) -> ASGIApp:
    """Return the web over it."""
    return create_app(
        responder,
        token=TOKEN,
        settings=Web(max_body=MAX_BODY),
        clock=FakeClock(),
        figures=lambda: {"firstresponder_briefs_total": 3.0, "firstresponder_queue_depth": 2.0},
    )


@pytest.fixture
def client_of(app: ASGIApp) -> Clients:
    """Make a client with a peer address and a Host."""

    def make(peer: str = "127.0.0.1", host: str = "localhost:8000", **headers: str) -> TestClient:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return TestClient(app, base_url=f"http://{host}", client=(peer, 40000), headers=named)

    return make


@pytest.fixture
def local(client_of: Clients) -> TestClient:
    """Return a client without the token, on this machine."""
    return client_of()


@pytest.fixture
def far(client_of: Clients) -> TestClient:
    """Return a client without the token, elsewhere."""
    return client_of("203.0.113.9", "firstresponder.example")


@pytest.fixture
def api(client_of: Clients) -> TestClient:
    """Return a client with the token, elsewhere."""
    return client_of("203.0.113.9", "firstresponder.example", **BEARER)
