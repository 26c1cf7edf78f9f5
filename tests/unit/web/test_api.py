"""The API: forms, statuses and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from starlette.testclient import TestClient

from firstresponder.config import Web
from firstresponder.errors import AlreadyDecided, BadInput, Forbidden, NotFound, Unhealthy, Unreachable
from firstresponder.model import AuditEntry, OutcomeWord, Phase
from firstresponder.testing.app import DIGEST, NOON, FakeResponder, example_outcome, example_view
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app
from firstresponder.workflow.answers import Answer

ONE = "/api/v1/incidents/inc-0001"
READS = ("/api/v1/incidents", ONE, "/api/v1/kill-switch", "/api/v1/audit")
ROUTES = [
    *(("GET", path) for path in READS),
    *(("POST", f"{ONE}/{verb}") for verb in ("approve", "reject", "take-over", "look-again", "close")),
    ("POST", "/api/v1/incidents"),
    ("POST", "/api/v1/kill-switch"),
    ("DELETE", "/api/v1/kill-switch"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("credentials", ["", "Bearer no", "Basic eDpjb3JyZWN0LWhvcnNlLWJhdHRlcnk=", "bearer"])
def test_every_route_wants_the_token(
    local: TestClient, responder: FakeResponder, method: str, path: str, credentials: str
) -> None:
    """Without the bearer token every route is 401, from this machine too, and nothing is done."""
    headers = {"authorization": credentials} if credentials else {}
    reply = local.request(method, path, headers=headers, json={"by": "ann"}, params={"by": "ann"})
    assert (reply.status_code, reply.json()["status"]) == (401, "unauthorized")
    assert (responder.asked, responder.hold) == ([], None)


def test_no_cookie_or_query_opens_it(local: TestClient) -> None:
    """The token counts in the Authorization header only: it must not end up in logs and histories."""
    token = "correct-horse-battery"
    assert local.get("/api/v1/incidents", params={"token": token, "access_token": token}).status_code == 401
    assert local.get("/api/v1/incidents", headers={"cookie": f"token={token}"}).status_code == 401


def test_the_list(api: TestClient) -> None:
    """An item carries the fields that scripts rely on."""
    body = api.get("/api/v1/incidents").json()
    assert body["next"] == ""
    (item,) = body["items"]
    assert item == {
        "id": "inc-0001",
        "title": "KubePodCrashLooping: Deployment api",
        "status": "asking",
        "severity": "critical",
        "alerts": 2,
        "firing": 1,
        "opened_at": "2026-03-10T12:00:00Z",
        "updated_at": "2026-03-10T12:00:20Z",
        "closed_at": None,
        "subject": "Deployment/api",
        "namespace": "shop",
        "reason": "waits for approval",
        "plan_digest": DIGEST,
        "ask_expires_at": "2026-03-10T12:30:00Z",
        "owner": "",
        "recurrence": 0,
        "investigation": 1,
    }


def test_an_incident_without_a_subject(api: TestClient, responder: FakeResponder) -> None:
    """What is not known yet is an empty string, never a missing field."""
    view = responder.views["inc-0001"]
    responder.views["inc-0001"] = replace(view, incident=replace(view.incident, subject=None), brief=None, plan=None)
    body = api.get(ONE).json()
    assert (body["subject"], body["namespace"], body["brief"], body["plan"]) == ("", "", None, None)


def test_pages_follow_each_other(api: TestClient, responder: FakeResponder) -> None:
    """`next` of one page, given as `before`, leads to the next; every incident comes once."""
    responder.views = {f"inc-{i:04d}": example_view(f"inc-{i:04d}") for i in range(7)}
    seen, cursor = [], ""
    for _ in range(3):
        body = api.get("/api/v1/incidents", params={"limit": 3, "before": cursor}).json()
        seen += [each["id"] for each in body["items"]]
        cursor = body["next"]
    assert cursor == ""
    assert seen == sorted(responder.views, reverse=True)


@pytest.mark.parametrize("query", ["phase=closed&phase=asking", "phase=closed,asking", "phase=closed%2C+asking&phase="])
def test_phases(api: TestClient, responder: FakeResponder, query: str) -> None:
    """Phases are repeated or separated by commas; others are left out."""
    for phase in (Phase.CLOSED, Phase.ACTING):
        responder.views[phase] = example_view(phase, phase=phase)
    body = api.get(f"/api/v1/incidents?{query}").json()
    assert {each["status"] for each in body["items"]} == {"closed", "asking"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/incidents?phase=nope",
        "/api/v1/incidents?limit=0",
        "/api/v1/incidents?limit=501",
        "/api/v1/incidents?limit=x",
        "/api/v1/audit?after=-1",
        "/api/v1/audit?after=99999999999999999999",
        f"/api/v1/incidents?before={'x' * 300}",
    ],
)
def test_a_wrong_question(api: TestClient, path: str) -> None:
    """A parameter that cannot be meant is 400 and named."""
    reply = api.get(path)
    name = path.partition("?")[2].partition("=")[0]
    assert (reply.status_code, reply.json()["status"]) == (400, "bad_request")
    assert reply.json()["message"].startswith(f"{name}: ")


def test_one_incident(api: TestClient, responder: FakeResponder) -> None:
    """The details hold everything of the view, with PASS or FAIL beside each outcome's word."""
    view = responder.views["inc-0001"]
    outcomes = [example_outcome(word) for word in OutcomeWord]
    responder.views["inc-0001"] = replace(view, outcomes=outcomes)
    body = api.get(ONE).json()
    assert body["id"] == "inc-0001"
    assert body["brief"]["headline"] == "Deployment api crash-loops since its release 5"
    assert body["plan"]["action"]["action"] == "rollback-deployment"
    assert [each["guard"] for each in body["decision"]["verdicts"]] == ["allowlist", "evidence_quorum"]
    assert body["diagnosis"]["hypotheses"][0]["cause_class"] == "bad-release"
    assert body["gaps"][0]["kind"] == "unreachable"
    assert body["events"][0]["kind"] == "alert_firing"
    assert body["alert_list"][0]["alert"]["labels"]["alertname"] == "KubePodCrashLooping"
    assert [(each["word"], each["result"]) for each in body["outcomes"]] == [
        ("Successful", "PASS"),
        ("Failed", "FAIL"),
        ("Error", "FAIL"),
        ("Inconclusive", "FAIL"),
    ]


def test_an_unknown_incident(api: TestClient) -> None:
    """It is 404 to look at, and 404 to decide on, with the word `unknown`."""
    assert api.get("/api/v1/incidents/nope").status_code == 404
    for verb in ("approve", "reject", "take-over", "look-again", "close"):
        reply = api.post(f"/api/v1/incidents/nope/{verb}", json={"by": "ann"})
        assert (reply.status_code, reply.json()["accepted"], reply.json()["status"]) == (404, False, "unknown")


def test_approving_what_is_asked(api: TestClient, responder: FakeResponder) -> None:
    """Without a digest the plan that is asked now is meant, and the answer names it."""
    reply = api.post(f"{ONE}/approve", json={"by": "ann"})
    assert reply.status_code == 200
    assert reply.json() == {
        "accepted": True,
        "status": "accepted",
        "message": "approved by ann",
        "decided_by": "ann",
        "decided_at": "2026-03-10T12:00:00Z",
        "incident_id": "inc-0001",
        "plan_digest": DIGEST,
    }
    assert responder.asked == [{"what": "approve", "id": "inc-0001", "plan_digest": DIGEST, "by": "ann", "via": "api"}]


def test_a_second_click(api: TestClient) -> None:
    """A second approval is 409 and says who decided and when."""
    api.post(f"{ONE}/approve", json={"by": "ann"})
    reply = api.post(f"{ONE}/approve", json={"by": "bob", "plan_digest": DIGEST})
    body = reply.json()
    assert (reply.status_code, body["status"], body["decided_by"]) == (409, "already_decided", "ann")
    assert body["decided_at"] == "2026-03-10T12:00:00Z"


def test_another_plan_is_not_approved(api: TestClient, responder: FakeResponder) -> None:
    """A digest of another plan reaches the application as it was given and is 409."""
    reply = api.post(f"{ONE}/approve", json={"by": "ann", "plan_digest": "cd" * 32})
    assert (reply.status_code, reply.json()["status"]) == (409, "changed")
    assert responder.choices == {}


def test_nothing_is_asked(api: TestClient, responder: FakeResponder) -> None:
    """Where nothing is asked, an approval is 409."""
    responder.views["inc-0001"] = example_view(phase=Phase.CLOSED)
    reply = api.post(f"{ONE}/approve", json={"by": "ann"})
    assert (reply.status_code, reply.json()["status"]) == (409, "nothing_to_decide")


def test_rejecting(api: TestClient, responder: FakeResponder) -> None:
    """A rejection carries its reason and the way it came."""
    reply = api.post(f"{ONE}/reject", json={"by": " ann ", "reason": "wait for the team", "via": "cli", "plan_digest": DIGEST})
    assert reply.status_code == 200
    assert responder.asked[0] | {"what": ""} == {
        "what": "",
        "id": "inc-0001",
        "plan_digest": DIGEST,
        "by": "ann",
        "via": "cli",
        "reason": "wait for the team",
    }


def test_taking_over(api: TestClient, responder: FakeResponder) -> None:
    """A person who takes over owns the incident from then on."""
    assert api.post(f"{ONE}/take-over", json={"by": "ann"}).json()["accepted"] is True
    assert api.get(ONE).json()["owner"] == "ann"
    assert responder.asked == [{"what": "take_over", "id": "inc-0001", "by": "ann", "via": "api"}]


def test_asking_for_a_response(api: TestClient, responder: FakeResponder) -> None:
    """What is meant reaches the application as it was given; the namespace and the reason may be left out."""
    body = {"kind": "deploy", "name": "web", "by": "ann"}
    reply = api.post("/api/v1/incidents", json=body)
    assert (reply.status_code, reply.json()["status"], reply.json()["incident_id"]) == (200, "opened", "inc-0002")
    api.post("/api/v1/incidents", json={**body, "namespace": "shop", "why": " slow ", "severity": "Critical", "via": "cli"})
    asked = {"what": "respond", "kind": "deploy", "name": "web", "by": "ann"}
    assert responder.asked == [
        asked | {"namespace": "default", "via": "api", "why": "", "severity": ""},
        asked | {"namespace": "shop", "via": "cli", "why": "slow", "severity": "critical"},
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "deploy", "name": "web"},
        {"kind": "deploy", "by": "ann"},
        {"kind": "deploy", "name": 7, "by": "ann"},
        {"kind": "deploy", "name": "web", "by": "ann", "nmespace": "shop"},
        {"kind": "deploy", "name": "x" * 254, "by": "ann"},
        {"kind": "deploy", "name": "web", "by": "ann", "severity": "very bad"},
    ],
)
def test_a_request_that_is_not_understood(api: TestClient, responder: FakeResponder, body: Any) -> None:
    """A missing, misspelt or malformed field is 400, and nothing is asked."""
    assert api.post("/api/v1/incidents", json=body).status_code == 400
    assert responder.asked == []


def test_an_object_that_is_not_there(api: TestClient) -> None:
    """It is 404 in the application's words."""
    reply = api.post("/api/v1/incidents", json={"kind": "deploy", "name": "missing", "namespace": "shop", "by": "ann"})
    assert (reply.status_code, reply.json()["message"]) == (404, "there is no Deployment shop/missing; nothing was stored")


def test_looking_again_and_closing(api: TestClient, responder: FakeResponder) -> None:
    """Both carry who asks and how, and the close its reason."""
    assert api.post(f"{ONE}/look-again", json={"by": "ann"}).json()["accepted"] is True
    assert api.post(f"{ONE}/close", json={"by": "bob", "reason": " a drill ", "via": "cli"}).json()["accepted"] is True
    assert responder.asked == [
        {"what": "look_again", "id": "inc-0001", "by": "ann", "via": "api"},
        {"what": "dismiss", "id": "inc-0001", "by": "bob", "via": "cli", "reason": "a drill"},
    ]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("accepted", 200),
        ("already_decided", 409),
        ("expired", 409),
        ("changed", 409),
        ("nothing_to_decide", 409),
        ("unknown", 404),
        ("not_allowed", 403),
    ],
)
@pytest.mark.parametrize("verb", ["approve", "reject", "take-over", "look-again", "close"])
def test_each_answer_has_its_status(api: TestClient, responder: FakeResponder, verb: str, status: Any, code: int) -> None:
    """The HTTP status says the same as the answer's word."""
    responder.answer = Answer(accepted=status == "accepted", status=status, message="so it is", decided_by="cyd", decided_at=NOON)
    reply = api.post(f"{ONE}/{verb}", json={"by": "ann"})
    assert (reply.status_code, reply.json()["status"], reply.json()["decided_by"]) == (code, status, "cyd")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"by": ""},
        {"by": "  "},
        {"by": 7},
        {"by": "a\x1b[2Jb"},
        {"by": "a\nb"},
        {"by": "x" * 201},
        {"by": "Firstresponder"},
        {"by": "ann", "plan": DIGEST},
        {"by": "ann", "plan_digest": "zz"},
        {"by": "ann", "plan_digest": "abc"},
        {"by": "ann", "plan_digest": DIGEST + "00"},
        {"by": "ann", "plan_digest": None},
        {"by": "ann", "via": "slack"},
        [],
        "ann",
    ],
)
def test_a_body_that_is_not_understood_decides_nothing(api: TestClient, responder: FakeResponder, body: Any) -> None:
    """No name, an unprintable one, the tool's own, a misspelt field, a malformed digest: 400, and nothing is asked."""
    for verb in ("approve", "reject", "look-again", "close"):
        reply = api.post(f"{ONE}/{verb}", json=body)
        assert (reply.status_code, reply.json()["status"]) == (400, "bad_request")
    assert responder.asked == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"by": "\\ud800"}', b'{"by":"ann","\\ud800":1}', b"[" * 60_000, b"x" * 65_537]
)
def test_a_body_that_is_no_json(api: TestClient, responder: FakeResponder, content: bytes) -> None:
    """Bytes that are no JSON, half a surrogate pair, deep nesting or too much of it are refused with a JSON answer."""
    for path in (f"{ONE}/approve", "/api/v1/kill-switch"):
        reply = api.post(path, content=content, headers={"content-type": "application/json"})
        assert reply.status_code == (413 if len(content) > 65_536 else 400)
        assert reply.json()["message"]
    assert (responder.asked, responder.hold) == ([], None)


def test_the_kill_switch(api: TestClient) -> None:
    """It is engaged once, shown with who and why, and released; a second engagement keeps the first."""
    assert api.get("/api/v1/kill-switch").json()["engaged"] is False
    first = api.post("/api/v1/kill-switch", json={"by": "ann", "why": "storm"}).json()
    assert (first["engaged"], first["by"], first["why"], first["at"]) == (True, "ann", "storm", "2026-03-10T12:00:00Z")
    assert api.post("/api/v1/kill-switch", json={"by": "bob"}).json()["by"] == "ann"
    assert api.get("/api/v1/kill-switch").json() == first
    released = api.delete("/api/v1/kill-switch", params={"by": "bob"})
    assert (released.status_code, released.json()["engaged"]) == (200, False)


def test_a_file_holds_the_kill_switch(api: TestClient, responder: FakeResponder) -> None:
    """Where a file still holds it, releasing is 409 and names the file."""
    responder.held_by_file = True
    reply = api.delete("/api/v1/kill-switch", params={"by": "ann"})
    assert (reply.status_code, reply.json()["engaged"], reply.json()["source"]) == (409, True, "kill-switch")


def test_releasing_wants_a_name(api: TestClient, responder: FakeResponder) -> None:
    """Nobody releases the kill switch without a name."""
    api.post("/api/v1/kill-switch", json={"by": "ann"})
    for params in ({}, {"by": " "}):
        assert api.delete("/api/v1/kill-switch", params=params).status_code == 400
    assert responder.hold is not None


def test_the_audit(api: TestClient, responder: FakeResponder) -> None:
    """Entries come in order, in parts that follow each other, for all incidents or for one."""
    responder.entries = [
        AuditEntry(seq=i, at=NOON, what="x", actor="ann", incident_id=f"inc-{i % 2}", data={}, prev="p", hash=f"h{i}")
        for i in range(1, 6)
    ]
    first = api.get("/api/v1/audit", params={"limit": 3}).json()
    assert ([each["seq"] for each in first["items"]], first["next"]) == ([1, 2, 3], 3)
    second = api.get("/api/v1/audit", params={"limit": 3, "after": 3}).json()
    assert ([each["hash"] for each in second["items"]], second["next"]) == (["h4", "h5"], None)
    one = api.get("/api/v1/audit", params={"incident": "inc-0"}).json()
    assert [each["seq"] for each in one["items"]] == [2, 4]


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (BadInput("no such cursor"), 400, "bad_request"),
        (NotFound("gone"), 404, "not_found"),
        (AlreadyDecided("ann did"), 409, "conflict"),
        (Forbidden("no"), 403, "not_allowed"),
        (Unhealthy("audit broken"), 503, "unavailable"),
        (Unreachable("busy", retry_after=7), 503, "unavailable"),
    ],
)
def test_errors_of_the_application(api: TestClient, responder: FakeResponder, error: Any, code: int, word: str) -> None:
    """Each error of our tree has its status, its text, and where it helps a Retry-After."""
    responder.broken = error
    reply = api.get("/api/v1/incidents")
    assert (reply.status_code, reply.json()) == (code, {"status": word, "message": str(error)})
    assert reply.headers.get("retry-after") == ({"busy": "7", "audit broken": "5"}.get(str(error)))


@pytest.mark.parametrize(("method", "path", "code"), [("GET", "/api/v1/nope", 404), ("PUT", ONE, 405), ("GET", "/nope", 404)])
def test_no_such_route(api: TestClient, method: str, path: str, code: int) -> None:
    """Unknown paths and methods are answered in the same JSON form."""
    reply = api.request(method, path)
    assert reply.status_code == code
    assert set(reply.json()) == {"status", "message"}


def test_answers_are_not_cached(api: TestClient) -> None:
    """No answer is kept by a cache or read as something else than it is."""
    for path in (*READS, "/api/v1/incidents/nope", "/readyz", "/metrics", "/"):
        headers = api.get(path).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["x-content-type-options"] == "nosniff", path


ASKED = FakeResponder()
API = TestClient(
    create_app(ASKED, token="t", settings=Web(), clock=FakeClock()),
    headers={"authorization": "Bearer t", "content-type": "application/json"},
)
_KEYS = st.sampled_from(["by", "kind", "name", "plan_digest", "reason", "via", "why", "x"])
_VALUES = st.text(max_size=20) | st.none() | st.integers() | st.sampled_from(["ann", DIGEST, "cli", "\ud800"])


@settings(max_examples=200, deadline=None)
@given(
    path=st.sampled_from(
        [
            *(f"{ONE}/{verb}" for verb in ("approve", "reject", "take-over", "look-again", "close")),
            "/api/v1/incidents",
            "/api/v1/kill-switch",
        ]
    ),
    content=st.binary(max_size=80) | st.dictionaries(_KEYS, _VALUES, max_size=5).map(lambda body: json.dumps(body).encode()),
)
def test_no_body_breaks_it(path: str, content: bytes) -> None:
    """Whatever bytes come in, no answer is a 5xx, and each is JSON."""
    reply = API.post(path, content=content)
    assert reply.status_code < 500
    assert isinstance(reply.json(), dict)
