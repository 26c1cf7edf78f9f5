"""The whole way with people in it: an alert by curl, a brief in Slack, a click, the repair, its proof in the same thread.

Slack's servers are played by a stand-in that signs clicks with Slack's own library; all else is real.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import re
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from firstresponder.adapters.clock import SystemClock
from firstresponder.testing.slack import CHANNEL, SlackStandIn
from testbed.bed import Testbed
from tests.cluster.server import TOKEN, Server

Json = dict[str, Any]

ALERT = r"""
curl -X POST http://localhost:8000/webhooks/alertmanager \
  -H "Content-Type: application/json" \
  -d '{
    "status":"firing",
    "alerts":[{"status":"firing","labels":{"alertname":"High5xxErrorRate","service":"api","namespace":"default","severity":"critical"}}],
    "commonLabels":{}
  }'
"""
"""As a person would try it first; only the port is the test's."""


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    """Slack, played on loopback."""
    with SlackStandIn(SystemClock()).running() as stand_in:
        yield stand_in


@pytest.fixture
def api(bed: Testbed) -> Iterator[str]:
    """A Deployment with one replica and no probe, made with one command, that is healthy; its name.

    Its name and namespace are those of the example, so that the tests here take turns.
    """
    with Path(bed.folder, "default-api.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield from _api(bed)


def _api(bed: Testbed) -> Iterator[str]:
    bed.kubectl("delete", "deployment", "api", "-n", "default", "--ignore-not-found", "--wait=true")
    bed.kubectl("create", "deployment", "api", "--image=docker.io/local/app:v1", "-n", "default")
    bed.kubectl("rollout", "status", "deployment/api", "-n", "default", "--timeout=90s")
    try:
        yield "api"
    finally:
        bed.kubectl("delete", "deployment", "api", "-n", "default", "--wait=false", check=False)


@pytest.fixture
def server(bed: Testbed, tmp_path: Path, slack: SlackStandIn) -> Iterator[Server]:
    """Firstresponder with what a person writes into `.env`, and nothing else but where things are."""
    server = Server(bed, tmp_path, slack={"api_url": slack.api_url})
    (tmp_path / ".env").write_text(
        f"SLACK_BOT_TOKEN={slack.token}\n"
        f"SLACK_SIGNING_SECRET={slack.signing_secret}\n"
        f"SLACK_CHANNEL_ID={CHANNEL}\n"
        "ALLOWED_NAMESPACES=default,staging\n"
        "ALLOWED_ACTIONS=rollout_restart\n"
    )
    (tmp_path / ".env").chmod(0o600)
    try:
        server.start(cwd=tmp_path)
        yield server
    finally:
        server.stop()


def posted(server: Server, slack: SlackStandIn) -> tuple[Json, Json]:
    """Send the alert and wait for the message that asks; return the incident and the message."""
    command = ALERT.replace("localhost:8000", f"localhost:{server.port}").strip()
    done = subprocess.run(["sh", "-c", f"{command} --silent --fail --show-error"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    incident = server.wait_phase("default", "asking", "escalated")
    assert incident["status"] == "asking", incident["reason"]
    return incident, server.wait(lambda: asking(slack, incident["id"]), "the message with its buttons")


def asking(slack: SlackStandIn, incident_id: str) -> Json | None:
    """The incident's message if it has a button that approves."""
    with contextlib.suppress(IndexError):
        message = slack.card(incident_id)
        return message if "Approve: Rollout Restart" in json.dumps(message["blocks"]) else None
    return None


def click(server: Server, slack: SlackStandIn, payload: Json) -> int:
    """Deliver what Slack sends after a click; the status of the answer."""
    return deliver(server, *slack.signed(payload))


def deliver(server: Server, headers: dict[str, str], body: bytes) -> int:
    """Post to where Slack posts; the status of the answer."""
    url = f"{server.url}/integrations/slack/actions"
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)


def texts(slack: SlackStandIn, message: Json) -> str:
    """All that stands below a message."""
    return "\n".join(json.dumps(each) for each in slack.thread(message))


def restarts(bed: Testbed) -> int:
    """How often the Deployment was patched, by the API server's own record, dry runs aside."""
    count = 0
    for line in bed.audit_log.read_text().splitlines():
        entry = json.loads(line)
        what = entry.get("objectRef", {})
        count += (
            entry.get("verb") == "patch"
            and (what.get("resource"), what.get("namespace"), what.get("name")) == ("deployments", "default", "api")
            and "dryRun" not in entry.get("requestURI", "")
            and entry.get("responseStatus", {}).get("code") == 200
        )
    return count


def test_a_click_in_slack_restarts_and_the_proof_comes_back(bed: Testbed, api: str, server: Server, slack: SlackStandIn) -> None:
    """Alert by curl, one message with two buttons, a signed click, a rolling restart, PASS with figures in its thread."""
    before = restarts(bed)
    incident, message = posted(server, slack)
    shown = json.dumps(message["blocks"])
    assert "High5xxErrorRate" in shown
    assert '"Reject"' in shown
    assert incident["brief"]["unconfirmed"], "the brief says what nobody confirmed"

    assert click(server, slack, slack.click(message, "approve")) == 200
    ended = server.wait_phase("default", "closed", "escalated")
    assert ended["status"] == "closed", ended["reason"]
    live = bed.get("deployment", api, "-n", "default")
    stamped = live["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"]
    assert restarts(bed) == before + 1

    server.wait(lambda: "Verification PASS" in texts(slack, message), "the proof in the thread")
    told = texts(slack, message)
    for figure in ("desired 1", "updated 1", "ready 1", "available 1", "pods 1", "max restarts 0", stamped):
        assert figure in told, figure
    server.wait(lambda: "action_id" not in str(slack.card(incident["id"])["blocks"]), "the buttons to be gone")
    assert "ann" in json.dumps(slack.card(incident["id"])["blocks"]), "the message says who decided"
    assert len([each for each in slack.messages if "thread_ts" not in each]) == 1, "one message for one incident"

    words = [entry["what"] for entry in server.call("GET", f"/api/v1/audit?incident={incident['id']}")[1]["items"]]
    assert {"plan.approved", "gate.intent", "gate.done", "verification.ended", "notice.delivered"} <= set(words)
    verified = server.cli("audit", "verify", "--data-dir", str(server.data))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_reject_asks_for_the_reason_and_nothing_is_written(bed: Testbed, api: str, server: Server, slack: SlackStandIn) -> None:
    """Reject opens a form; what is written there is on record, and the Deployment is as it was."""
    before, generation = restarts(bed), bed.get("deployment", api, "-n", "default")["metadata"]["generation"]
    incident, message = posted(server, slack)
    assert click(server, slack, slack.click(message, "reject")) == 200
    view = server.wait(lambda: slack.views[-1] if slack.views else None, "the form")
    assert click(server, slack, slack.submit(view, "it is the load test")) == 200
    ended = server.wait_phase("default", "escalated", "closed")
    assert "it is the load test" in ended["reason"]
    assert restarts(bed) == before
    assert bed.get("deployment", api, "-n", "default")["metadata"]["generation"] == generation
    server.wait(lambda: "it is the load test" in texts(slack, slack.card(incident["id"])), "the reason in the thread")


class Browser:
    """The console as a browser drives it: log in, open a page, send the form that is on it."""

    def __init__(self, server: Server) -> None:
        """Log in as dora."""
        self._server = server
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self._send("/login", {"name": "dora", "token": TOKEN, "next": "/"})

    def form(self, path: str, action: str) -> dict[str, str]:
        """The hidden fields of the form on that page that goes there."""
        with self._opener.open(self._server.url + path, timeout=10) as answer:
            text = answer.read().decode()
        (form,) = re.findall(rf'<form[^>]*action="{re.escape(action)}".*?</form>', text, re.DOTALL)
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))

    def press(self, action: str, fields: dict[str, str]) -> str:
        """Send a form; the page that comes back."""
        return self._send(action, fields)

    def _send(self, path: str, fields: dict[str, str]) -> str:
        body = urllib.parse.urlencode(fields).encode()
        with self._opener.open(self._server.url + path, data=body, timeout=20) as answer:
            text: str = answer.read().decode()
        return text


def test_four_ways_at_once_are_one_decision(bed: Testbed, api: str, server: Server, slack: SlackStandIn) -> None:
    """Slack, console, command line and API approve at the same instant: one write, one record, and all are told who it was."""
    before = restarts(bed)
    incident, message = posted(server, slack)
    digest, together = incident["plan_digest"], threading.Barrier(4)
    browser, press = Browser(server), f"/incidents/{incident['id']}/approve"
    fields = browser.form(f"/incidents/{incident['id']}", press)

    def by_slack() -> object:
        payload = slack.click(message, "approve")
        together.wait()
        return click(server, slack, payload)

    def by_cli() -> object:
        together.wait()
        return server.cli("approve", incident["id"], "--plan", digest, "--by", "bob", "--url", server.url).stdout

    def by_api() -> object:
        together.wait()
        return server.call("POST", f"/api/v1/incidents/{incident['id']}/approve", {"by": "cleo", "plan_digest": digest})

    def by_console() -> object:
        together.wait()
        return browser.press(press, fields)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(each) for each in (by_slack, by_cli, by_api, by_console)]:
            future.result(timeout=60)
    ended = server.wait_phase("default", "closed", "escalated")
    assert ended["status"] == "closed", ended["reason"]
    assert restarts(bed) == before + 1
    entries = server.call("GET", f"/api/v1/audit?incident={incident['id']}")[1]["items"]
    (approved,) = [entry for entry in entries if entry["what"] == "plan.approved"]
    server.wait(lambda: approved["actor"] in json.dumps(slack.card(incident["id"])["blocks"]), "the message to name the one")


def test_a_click_is_decided_while_slack_is_down_and_after_a_restart(
    api: str, server: Server, slack: SlackStandIn, tmp_path: Path, bed: Testbed
) -> None:
    """The button still works when the server was restarted and Slack's API does not answer; what happened is told later."""
    _, message = posted(server, slack)
    payload = slack.click(message, "approve")
    server.stop()
    slack.refuse("chat.update", "internal_error", times=3)
    slack.refuse("chat.postMessage", "internal_error", times=3)
    server.start(cwd=tmp_path)
    assert click(server, slack, payload) == 200
    ended = server.wait_phase("default", "closed", "escalated")
    assert ended["status"] == "closed", ended["reason"]
    server.wait(lambda: "Verification PASS" in texts(slack, message), "the thread to catch up", timeout=120)
    bed.kubectl("rollout", "status", "deployment/api", "-n", "default", "--timeout=90s")


@pytest.mark.parametrize(("age", "status"), [(0.0, 200), (301.0, 401), (-301.0, 401)])
def test_only_fresh_signed_clicks_count(api: str, server: Server, slack: SlackStandIn, *, age: float, status: int) -> None:
    """A click signed more than five minutes before or after now, or not signed by Slack, is 401 and changes nothing."""
    _, message = posted(server, slack)
    payload = slack.click(message, "approve")
    headers, body = slack.signed(payload, age=age)
    forged = {**headers, "X-Slack-Signature": "v0=" + "0" * 64}
    assert [deliver(server, forged, body), deliver(server, headers, body)] == [401, status]
    if status != 200:
        assert server.incidents("default")[0]["status"] == "asking"
    assert api
