"""How the routes are wired."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from starlette.types import ASGIApp, Message

from firstresponder.config import Web
from firstresponder.testing.app import FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app


@pytest.mark.parametrize("path", ["/webhooks/alertmanager", "/alert"])
async def test_no_api_framework_runs_for_an_alert(app: ASGIApp, responder: FakeResponder, path: str) -> None:
    """While an alert is taken, not one function of FastAPI or pydantic runs, and of middleware Starlette's own two only."""
    seen: set[str] = set()

    def watch(frame: FrameType, event: str, arg: object) -> None:
        seen.add(frame.f_globals.get("__name__", ""))

    async def receive() -> Message:
        return {"type": "http.request", "body": b'{"alerts": [{"labels": {"alertname": "A"}}]}'}

    async def send(message: Message) -> None:
        pass

    for _ in range(2):  # the first request builds the middleware
        scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "root_path": "", "query_string": b""}
        scope |= {"client": ("127.0.0.1", 1), "headers": [(b"host", b"localhost")]}
        seen.clear()
        sys.setprofile(watch)
        try:
            await app(scope, receive, send)
        finally:
            sys.setprofile(None)
    assert len(responder.received) == 2
    assert "firstresponder.web.webhooks" in seen
    assert not {name for name in seen if name.partition(".")[0] in {"fastapi", "pydantic"}}
    middleware = {name for name in seen if name.startswith("starlette.middleware")}
    assert middleware == {"starlette.middleware.errors", "starlette.middleware.exceptions"}


def test_an_empty_token_does_not_start() -> None:
    """A server without a token would let everybody in: it is not built."""
    with pytest.raises(ValueError, match="token is empty"):
        create_app(FakeResponder(), token="", settings=Web(), clock=FakeClock())
