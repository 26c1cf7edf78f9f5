"""Alive, and ready."""

from __future__ import annotations

import asyncio

from starlette.testclient import TestClient

from firstresponder.errors import Unhealthy
from firstresponder.testing.app import FakeResponder
from firstresponder.web.auth import Token
from firstresponder.web.health import Ready
from firstresponder.workflow.answers import Health

TOKEN = "correct-horse-battery"  # of the application in conftest.py


def test_alive_and_ready(far: TestClient) -> None:
    """Both probes need no token, as a kubelet has none."""
    assert far.get("/healthz").status_code == 200
    reply = far.get("/readyz")
    assert (reply.status_code, reply.json()) == (200, {"status": "ready"})


def test_not_ready_says_why(local: TestClient, responder: FakeResponder) -> None:
    """What cannot take alerts is 503 with the part that is wrong, while the process stays alive."""
    responder.state = Health(ready=False, parts={"store": "the disk is full"})
    assert (local.get("/readyz").status_code, local.get("/readyz").json()["parts"]) == (503, {"store": "the disk is full"})
    responder.broken = Unhealthy("the database is away")
    assert (local.get("/readyz").status_code, local.get("/healthz").status_code) == (503, 200)
    assert "the database is away" in local.get("/readyz").text


def test_a_stranger_is_not_told_what_is_wrong(far: TestClient, responder: FakeResponder) -> None:
    """From another machine without the token there is the status alone; with it, the parts."""
    responder.broken = Unhealthy("postgresql://db.internal:5432 is away")
    reply = far.get("/readyz")
    assert (reply.status_code, reply.json()) == (503, {"status": "not_ready"})
    assert "db.internal" in far.get("/readyz", headers={"authorization": f"Bearer {TOKEN}"}).text


class Stuck(FakeResponder):
    """An application that never answers."""

    async def health(self) -> Health:
        """Wait for ever."""
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")


async def test_a_probe_does_not_hang() -> None:
    """Where the application does not answer in time, the probe says no."""
    reply = await Ready(Stuck(), Token("t"), timeout=0.01).answer(told=True)
    assert reply.status == 503
    assert b"no answer within 0.01 s" in reply.body
