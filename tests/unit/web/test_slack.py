"""The route for clicks: what reaches the inbox, and what is answered without one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from firstresponder.config import Web
from firstresponder.testing.app import FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app
from firstresponder.web.slack import LARGEST, PATH
from tests.unit.web.conftest import TOKEN, Clients


class Inbox:
    """Writes down what it gets, and says what it was told to."""

    def __init__(self) -> None:
        """Nothing came."""
        self.got: list[tuple[str, Mapping[str, str], bytes]] = []
        self.says: tuple[int, dict[str, str], bytes] = (200, {"content-type": "application/json"}, b'{"response_action":"clear"}')

    async def handle(self, method: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Take a request."""
        self.got.append((method, headers, body))
        return self.says


@pytest.fixture
def inbox() -> Inbox:
    """Return the inbox behind the route."""
    return Inbox()


@pytest.fixture
def app(inbox: Inbox, responder: FakeResponder) -> ASGIApp:
    """Return the web over it."""
    return create_app(responder, token=TOKEN, settings=Web(), clock=FakeClock(), slack=inbox)


def test_without_slack_it_says_what_is_missing(responder: FakeResponder) -> None:
    """404, and the variables that would turn it on."""
    answer = TestClient(create_app(responder, token=TOKEN, settings=Web(), clock=FakeClock())).post(PATH, content=b"x")
    assert answer.status_code == 404
    for name in ("SLACK_BOT_TOKEN", "SLACK_CHANNEL_ID", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"):
        assert name in answer.json()["message"]


def test_the_bytes_come_through_as_they_are(far: TestClient, inbox: Inbox) -> None:
    """From anywhere and without our token: method, headers in lower case, and the very bytes that were signed."""
    answer = far.post(PATH, content=b"payload=%7B%7D\xff", headers={"X-Slack-Signature": "v0=1"})
    ((method, headers, body),) = inbox.got
    assert (method, headers["x-slack-signature"], body) == ("POST", "v0=1", b"payload=%7B%7D\xff")
    assert (answer.status_code, answer.json()) == (200, {"response_action": "clear"})
    assert answer.headers["content-type"] == "application/json"


def test_the_inboxs_refusal_is_answered(far: TestClient, inbox: Inbox) -> None:
    """Status, headers and body are the inbox's."""
    inbox.says = (405, {"content-type": "application/json", "allow": "POST"}, b"{}")
    answer = far.get(PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert inbox.got[0][0] == "GET"


def test_a_header_that_comes_twice_fits_no_signature(far: TestClient, inbox: Inbox) -> None:
    """Two signatures become one that is wrong, so that nobody can choose which of them counts."""
    far.post(PATH, content=b"x", headers=[("X-Slack-Signature", "v0=1"), ("X-Slack-Signature", "v0=2")])
    assert inbox.got[0][1]["x-slack-signature"] == "v0=1, v0=2"


def test_too_large_is_refused_before_it_is_read(far: TestClient, inbox: Inbox) -> None:
    """413 with the limit; the inbox never sees it."""
    answer = far.post(PATH, content=b"x" * (LARGEST + 1))
    assert answer.status_code == 413
    assert str(LARGEST) in answer.json()["message"]
    assert inbox.got == []


def test_the_api_still_wants_its_token(client_of: Clients) -> None:
    """The open route opens nothing else."""
    assert client_of("203.0.113.9", "firstresponder.example").get("/api/v1/incidents").status_code == 401
