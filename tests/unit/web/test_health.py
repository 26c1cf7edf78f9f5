"""Alive, and ready."""

from __future__ import annotations

import asyncio

from starlette.testclient import TestClient

from firstresponder.errors import Unhealthy
from firstresponder.testing.app import FakeResponder
from firstresponder.web.health import Ready
from firstresponder.workflow.answers import Health


def test_alive_and_ready(far: TestClient) -> None:
    """Both probes need no token, as a kubelet has none."""
    assert far.get("/healthz").status_code == 200
    reply = far.get("/readyz")
    assert (reply.status_code, reply.json()) == (200, {"status": "ready", "parts": {"store": "ok"}})


def test_not_ready_says_why(far: TestClient, responder: FakeResponder) -> None:
    """What cannot take alerts is 503 with the part that is wrong, while the process stays alive."""
    responder.state = Health(ready=False, parts={"store": "the disk is full"})
    assert (far.get("/readyz").status_code, far.get("/readyz").json()["parts"]) == (503, {"store": "the disk is full"})
    responder.broken = Unhealthy("the database is away")
    assert (far.get("/readyz").status_code, far.get("/healthz").status_code) == (503, 200)
    assert "the database is away" in far.get("/readyz").text


class Stuck(FakeResponder):
    """An application that never answers."""

    async def health(self) -> Health:
        """Wait for ever."""
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")


async def test_a_probe_does_not_hang() -> None:
    """Where the application does not answer in time, the probe says no."""
    reply = await Ready(Stuck(), timeout=0.01).answer()
    assert reply.status == 503
    assert b"no answer within 0.01 s" in reply.body
