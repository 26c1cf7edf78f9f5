"""kill -9 at every numbered line of the gate and between the workflow's steps: the effect is there exactly once.

The marks are enumerated from the code itself, so a new line is a new test. A server dies at its mark; a second one on
the same data goes on. What happened in the cluster is read from the API server's own audit log, not from ours.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from firstresponder.remediation.gate import MARKS
from firstresponder.workflow.steps import NAMES
from testbed.bed import Testbed
from tests.cluster.apps import Json, Shop
from tests.cluster.server import Server

UNDOING = ("act_undo", "verify_undo", "tell_undo")
STEPS = [f"step.{name}.{when}" for name in NAMES for when in ("before", "after")]
DOING = [mark for mark in STEPS if mark.split(".")[1] not in UNDOING]
BACK = [mark for mark in STEPS if mark.split(".")[1] in UNDOING]
QUICK = {"initial_delay": "500ms", "interval": "500ms", "consecutive_successes": 3, "failure_limit": 2, "timeout": "60s"}


def written(bed: Testbed, namespace: str) -> list[Json]:
    """Our writes to the deployment that took effect, as the API server recorded them."""
    found = []
    for line in bed.audit_log.read_text().splitlines():
        entry = json.loads(line)
        about = entry.get("objectRef", {})
        if (
            entry.get("stage") == "ResponseComplete"
            and entry["verb"] == "patch"
            and about.get("resource") == "deployments"
            and about.get("namespace") == namespace
            and "fieldManager=firstresponder" in entry["requestURI"]
            and "dryRun" not in entry["requestURI"]
            and entry["responseStatus"]["code"] < 300
        ):
            found.append(entry)
    return found


def play(server: Server, shop: Shop) -> Json:
    """Approve what is asked (again after a crash), and wait for the end."""

    def ended() -> Json | None:
        for row in server.incidents(shop.namespace):
            if row["status"] == "asking":
                server.call("POST", f"/api/v1/incidents/{row['id']}/approve", {"by": "ann"})
            if row["status"] in {"closed", "escalated"} and _closed(server, row["id"]):
                return row
        return None

    return server.incident(server.wait(ended, "the end of the incident", timeout=120)["id"])


def _closed(server: Server, incident_id: str) -> bool:
    """Whether the close workflow has said its word too (an escalated incident has none)."""
    view = server.incident(incident_id)
    return view["status"] == "escalated" or any(event["kind"] == "closed" for event in view["events"])


def crash_and_go_on(server: Server, shop: Shop, mark: str, pod: str) -> Json:
    """Run until the mark kills the process, then start again and let it end."""
    server.start(kill_at=mark)
    with contextlib.suppress(AssertionError, OSError):  # it dies, as it is meant to; what matters is read below
        server.send(shop.alert(pod))
        play(server, shop)
    server.wait_dead()
    server.start()
    view = play(server, shop)
    verified = server.cli("audit", "verify", "--data-dir", str(server.data))
    assert verified.returncode == 0, verified.stdout
    return view


@pytest.fixture
def server(bed: Testbed, shop: Shop, tmp_path: Path) -> Callable[..., Server]:
    """A server that is not started yet."""
    allow = [{"action": "rollback-deployment", "namespace": shop.namespace}]
    return lambda **proof: Server(bed, tmp_path, guards={"allow": allow}, verification={**QUICK, **proof})


@pytest.mark.parametrize("mark", [*MARKS, *DOING])
def test_killed_while_doing(mark: str, shop: Shop, server: Callable[..., Server]) -> None:
    """Killed at this line, the next process brings the repair to its end: one write, one proof, one closed incident."""
    pod = shop.break_it(replicas=1)
    one = server()
    try:
        view = crash_and_go_on(one, shop, mark, pod)
    finally:
        one.stop()
    assert view["status"] == "closed", view["reason"]
    assert shop.image() == "app:v1"
    assert len(written(shop.bed, shop.namespace)) == 1


@pytest.mark.parametrize("mark", BACK)
def test_killed_while_undoing(
    mark: str, shop: Shop, server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Killed while a repair is taken back, the next process ends it: one write there, one back, and a person has it."""
    host = tmp_path_factory.mktemp("host")
    shop.deploy("app:v1", replicas=1, env={"APP_CRASH_FILE": "/host/crash"}, host=str(host))
    shop.wait_healthy()
    shop.deploy("app:v2", replicas=1, env={"APP_CRASH_FILE": "/host/crash"}, host=str(host))
    pod = shop.wait_crashing()
    one = server(consecutive_successes=20)  # long enough that the old version fails while it is watched

    def doom() -> None:
        """The old version stops working as soon as the rollback is there."""
        if written(shop.bed, shop.namespace):
            (host / "crash").touch()

    one.between = doom
    try:
        view = crash_and_go_on(one, shop, mark, pod)
    finally:
        one.stop()
    assert view["status"] == "escalated", view["reason"]
    assert shop.image() == "app:v2"
    assert len(written(shop.bed, shop.namespace)) == 2
