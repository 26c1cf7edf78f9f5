"""The hot path: what is answered, and what was stored by then."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message

from firstresponder.config import Web
from firstresponder.errors import OutcomeUnknown, Unhealthy, Unreachable
from firstresponder.testing.app import FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app

PATHS = ("/webhooks/alertmanager", "/alert")
GOOD = {"labels": {"alertname": "KubePodCrashLooping", "namespace": "shop"}}
TOKEN = "correct-horse-battery"
MAX_BODY = 20_000


@pytest.mark.parametrize("path", PATHS)
def test_alerts_are_stored_when_success_is_said(local: TestClient, responder: FakeResponder, path: str) -> None:
    """A good body is answered 200 with exactly the status word, and its alerts were handed over."""
    reply = local.post(path, json={"status": "firing", "alerts": [GOOD]})
    assert (reply.status_code, reply.json()) == (200, {"status": "success"})
    assert [alert.name for alert in responder.received] == ["KubePodCrashLooping"]


def test_one_bare_alert(local: TestClient, responder: FakeResponder) -> None:
    """`/alert` takes one alert object without a list around it."""
    assert local.post("/alert", json=GOOD).json() == {"status": "success"}
    assert len(responder.received) == 1


@pytest.mark.parametrize("path", PATHS)
def test_one_bad_alert_does_not_cost_the_others(local: TestClient, responder: FakeResponder, path: str) -> None:
    """Of a batch with a malformed alert the good ones are stored, and the bad one is named with its place."""
    reply = local.post(path, json={"alerts": [GOOD, {"labels": 7}, GOOD]})
    body = reply.json()
    assert (reply.status_code, body["status"], body["rejected_total"]) == (200, "success", 1)
    assert body["rejected"][0]["index"] == 1
    assert body["rejected"][0]["reason"]
    assert len(responder.received) == 2


def test_a_batch_of_bad_alerts_is_refused(local: TestClient, responder: FakeResponder) -> None:
    """Where nothing could be stored the answer is 400 and names every bad alert."""
    reply = local.post("/alert", json={"alerts": [1, {"labels": []}]})
    assert reply.status_code == 400
    assert [each["index"] for each in reply.json()["rejected"]] == [0, 1]
    assert responder.received == []


def test_many_bad_alerts_make_no_big_answer(local: TestClient) -> None:
    """At most 100 bad alerts are named, with the whole number beside them."""
    body = local.post("/alert", json={"alerts": [1] * 3000}).json()
    assert len(body["rejected"]) == 100
    assert body["rejected_total"] >= 1000


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"alerts": 3}', b"[" * 15_000])
def test_a_body_that_is_none(local: TestClient, content: bytes) -> None:
    """What is no alert at all is 400 with a sentence that says what was expected."""
    reply = local.post("/webhooks/alertmanager", content=content)
    assert (reply.status_code, reply.json()["status"]) == (400, "bad_payload")
    assert len(reply.json()["message"]) > 10


def test_what_the_sender_left_out_is_told(local: TestClient) -> None:
    """`truncatedAlerts` comes back in the answer and is counted, however large a number it is."""
    body = json.dumps({"truncatedAlerts": 4, "alerts": [GOOD]})
    assert local.post("/webhooks/alertmanager", content=body).json() == {"status": "success", "truncated": 4}
    huge = body.replace("4", "9" * 400, 1)
    assert local.post("/webhooks/alertmanager", content=huge).status_code == 200
    assert "firstresponder_alerts_truncated_total 1.000004e+06" in local.get("/metrics").text


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (Unhealthy("the disk is full"), "5"),
        (Unreachable("the database is away", retry_after=2.2), "3"),
        (OutcomeUnknown("no answer", retry_after=0.0), "1"),
        (Unreachable("for ever", retry_after=1e9), "3600"),
    ],
)
def test_what_cannot_be_stored_is_asked_for_again(
    local: TestClient, responder: FakeResponder, error: Exception, wait: str
) -> None:
    """A store that cannot take it is 503 with Retry-After in whole seconds: any 4xx, 429 too, would be final."""
    responder.broken = error  # type: ignore[assignment]
    for body in ({"alerts": [GOOD]}, {"alerts": [GOOD, 1]}):
        reply = local.post("/webhooks/alertmanager", json=body)
        assert (reply.status_code, reply.headers["retry-after"]) == (503, wait)
        assert reply.json() == {"status": "unavailable", "message": str(error)}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_only_post(local: TestClient, path: str, method: str) -> None:
    """Any other method is 405 and says which one is right."""
    reply = local.request(method, path)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", PATHS)
def test_from_elsewhere_the_token_is_wanted(far: TestClient, responder: FakeResponder, path: str) -> None:
    """From another machine: no token, a wrong one, or a malformed one is 401; Bearer and Basic both open."""
    basic = base64.b64encode(f"alertmanager:{TOKEN}".encode()).decode()
    wrong = base64.b64encode(b"alertmanager:no").decode()
    for refused in ({}, {"authorization": "Bearer no"}, {"authorization": f"Basic {wrong}"}, {"authorization": "Basic %%%"}):
        reply = far.post(path, json={"alerts": [GOOD]}, headers=refused)
        assert (reply.status_code, reply.headers["www-authenticate"].split()[0]) == (401, "Bearer")
    assert responder.received == []
    for opened in (f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Basic {basic}"):
        assert far.post(path, json={"alerts": [GOOD]}, headers={"authorization": opened}).status_code == 200


def test_the_token_is_looked_at_before_the_body(far: TestClient) -> None:
    """Who has no token learns nothing about limits: a body that is too large is 401 too."""
    assert far.post("/alert", content=b"x" * (MAX_BODY + 1)).status_code == 401


def test_a_declared_length_over_the_limit(local: TestClient) -> None:
    """A body longer than `web.max_body` is 413 and names the limit; one of exactly that length is read."""
    reply = local.post("/alert", content=b"x" * (MAX_BODY + 1))
    assert reply.status_code == 413
    assert str(MAX_BODY) in reply.json()["message"]
    assert local.post("/alert", content=b" " * MAX_BODY).status_code == 400


async def _send(app: ASGIApp, messages: list[Message], headers: list[tuple[bytes, bytes]]) -> tuple[list[Message], int]:
    """Drive the application with these messages; return what it sent and how many messages it left unread."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/alert",
        "root_path": "",
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"localhost"), *headers],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent, len(messages)


async def test_a_chunked_body_over_the_limit(app: ASGIApp) -> None:
    """Without a declared length the reading stops as soon as the limit is passed; the rest is never read."""
    chunk: Message = {"type": "http.request", "body": b"x" * 9_000, "more_body": True}
    sent, unread = await _send(app, [dict(chunk) for _ in range(100)], [])
    assert sent[0]["status"] == 413
    assert unread == 97


async def test_a_declared_length_is_refused_unread(app: ASGIApp) -> None:
    """With a declared length over the limit not one byte of the body is read."""
    sent, unread = await _send(app, [{"type": "http.request", "body": b""}], [(b"content-length", b"20001")])
    assert (sent[0]["status"], unread) == (413, 1)


async def test_a_chunked_body_is_put_together(app: ASGIApp, responder: FakeResponder) -> None:
    """A body that comes in parts is read as one."""
    body = json.dumps(GOOD).encode()
    parts: list[Message] = [
        {"type": "http.request", "body": body[:9], "more_body": True},
        {"type": "http.request", "body": body[9:]},
    ]
    sent, _ = await _send(app, parts, [])
    assert sent[0]["status"] == 200
    assert len(responder.received) == 1


async def test_a_sender_that_hangs_up_is_not_answered(app: ASGIApp, responder: FakeResponder) -> None:
    """Half a body stores nothing and is answered nothing."""
    half: Message = {"type": "http.request", "body": b'{"labels"', "more_body": True}
    sent, _ = await _send(app, [half, {"type": "http.disconnect"}], [])
    assert sent == []
    assert responder.received == []


_FIELD = st.sampled_from(
    ["alerts", "labels", "annotations", "status", "startsAt", "endsAt", "truncatedAlerts", "commonLabels", "x"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_FIELD, inner, max_size=4),
    max_leaves=16,
)


TAKEN = FakeResponder()
LOCAL = TestClient(
    create_app(TAKEN, token=TOKEN, settings=Web(), clock=FakeClock()), base_url="http://localhost", client=("127.0.0.1", 1)
)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300) | _JSON.map(lambda value: json.dumps(value).encode()))
@pytest.mark.parametrize("path", PATHS)
def test_no_body_breaks_it(path: str, content: bytes) -> None:
    """Whatever bytes come in: 200 or 400 with a JSON answer, and 200 only if something was stored."""
    TAKEN.received.clear()
    reply = LOCAL.post(path, content=content)
    assert reply.status_code == (200 if TAKEN.received else 400)
    assert reply.json()["status"] in {"success", "bad_payload"}
