"""The seed of all such tools: a service answers badly, a person approves a rolling restart, it is proven."""

from __future__ import annotations

from collections.abc import Callable

from tests.cluster.apps import Shop
from tests.cluster.server import Server


def test_a_restart_is_approved_done_and_verified(shop: Shop, start: Callable[..., Server]) -> None:
    """An alert with three labels about a healthy Deployment: the restart is offered, asked, done once and watched."""
    shop.deploy("app:v1")
    shop.wait_healthy()
    before = {pod["metadata"]["uid"] for pod in shop.pods()}
    server = start(guards={"allow": [{"action": "rollout_restart", "namespace": shop.namespace}]})
    labels = {"alertname": "High5xxErrorRate", "service": "api", "namespace": shop.namespace, "severity": "critical"}
    body = {"status": "firing", "alerts": [{"status": "firing", "labels": labels}], "commonLabels": {}}
    server.send(body)
    asking = server.wait_phase(shop.namespace, "asking", "escalated")
    assert asking["status"] == "asking", asking["reason"]
    assert asking["brief"]["unconfirmed"], "the brief says what nobody confirmed"
    assert server.call("POST", f"/api/v1/incidents/{asking['id']}/approve", {"by": "ann"})[0] == 200
    ended = server.wait_phase(shop.namespace, "closed", "escalated")
    assert ended["status"] == "closed", ended["reason"]
    assert ended["outcomes"][0]["word"] == "Successful"
    stamped = shop.deployment()["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"]
    assert ended["outcomes"][0]["samples"][-1]["figures"]["restarted_at"] == stamped
    shop.wait_healthy()
    assert not before & {pod["metadata"]["uid"] for pod in shop.pods() if "deletionTimestamp" not in pod["metadata"]}
