"""The main job on real parts: Prometheus sees the crash loop, Alertmanager delivers, a person approves, it is repaired."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator

import pytest

from testbed.bed import Testbed
from tests.cluster.apps import Shop
from tests.cluster.server import Server


@pytest.fixture
def monitored(bed: Testbed, shop: Shop, start: Callable[..., Server]) -> Iterator[Server]:
    """A server that the real Alertmanager delivers to, allowed to roll back in the shop's namespace."""
    server = start(
        guards={"allow": [{"action": "rollback-deployment", "namespace": shop.namespace}]},
        prometheus={"url": bed.prometheus_url},
    )
    with (bed.folder / "receiver.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # there is one Alertmanager, and it has one receiver of ours: tests take turns
        bed.set_receiver(f"{server.url}/webhooks/alertmanager")
        yield server
        bed.set_receiver(None)


def test_a_bad_release_is_repaired_end_to_end(monitored: Server, shop: Shop) -> None:
    """Alert, brief, approval by CLI, one rollback, held verification with Prometheus agreeing, close, whole audit."""
    server = monitored
    shop.break_it()
    asking = server.wait_phase(shop.namespace, "asking")
    brief = asking["brief"]
    assert asking["diagnosis"]["hypotheses"][0]["cause_class"] == "crash-after-deploy"
    assert "PAYMENTS_URL" in json.dumps(brief["proof"])
    assert "app:v2" in brief["change"]
    assert "app:v1" in brief["diff"]
    assert shop.image() == "app:v2", "nothing is done before somebody approves"

    approved = server.cli("approve", asking["id"], "--by", "ann", "--url", server.url)
    assert approved.returncode == 0, approved.stdout + approved.stderr
    closed = server.wait_phase(shop.namespace, "closed", "escalated", timeout=120)

    assert closed["status"] == "closed", closed["reason"]
    assert shop.image() == "app:v1"
    shop.wait_healthy("app:v1")
    (outcome,) = closed["outcomes"]
    assert outcome["word"] == "Successful"
    assert len(outcome["samples"]) >= 4, "an instant 'ready' is no proof"
    verified = server.cli("audit", "verify", "--data-dir", str(server.data))
    assert verified.returncode == 0, verified.stdout


def test_the_same_symptom_without_a_release_is_no_bad_release(
    bed: Testbed, shop: Shop, start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Pods of the only revision begin to crash: no crash-after-deploy, no rollback, handed to a person with a reason."""
    host = tmp_path_factory.mktemp("host")
    shop.deploy("app:v1", env={"APP_CRASH_FILE": "/host/crash"}, host=str(host))
    shop.wait_healthy()
    server = start(
        guards={"allow": [{"action": "rollback-deployment", "namespace": shop.namespace}]},
        prometheus={"url": bed.prometheus_url},
    )
    (host / "crash").touch()
    server.send(shop.alert(shop.wait_crashing()))
    view = server.wait_phase(shop.namespace, "escalated", "asking")
    assert view["status"] == "escalated"
    causes = [each["cause_class"] for each in view["diagnosis"]["hypotheses"]]
    assert "crash-after-deploy" not in causes
    assert view["plan"]["action"] is None
    assert view["reason"]


def test_the_offer_is_withdrawn_when_the_alert_resolves(monitored: Server, shop: Shop, bed: Testbed) -> None:
    """A person repairs it while we ask: Alertmanager's resolve closes the incident, and a late click does nothing."""
    server = monitored
    shop.break_it()
    asking = server.wait_phase(shop.namespace, "asking")
    bed.kubectl("rollout", "undo", "deployment/api", "-n", shop.namespace)
    shop.wait_healthy("app:v1")
    before = shop.deployment()["metadata"]["generation"]

    closed = server.wait_phase(shop.namespace, "closed", timeout=150)
    assert "resolved by itself" in closed["reason"]
    status, answer = server.call("POST", f"/api/v1/incidents/{asking['id']}/approve", {"by": "late"})
    assert status == 409, answer
    assert shop.deployment()["metadata"]["generation"] == before
    assert closed["outcomes"] == []
