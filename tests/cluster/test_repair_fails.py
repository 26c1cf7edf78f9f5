"""Repairs that do not help, on the real cluster: undone where that helps, escalated, and said so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.apps import Shop
from tests.cluster.server import Server


@pytest.fixture
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this machine that the pods see as /host."""
    return tmp_path_factory.mktemp("host")


def _bad_release(shop: Shop, host: Path) -> str:
    """Revision 1 works while /host/crash is absent, revision 2 always crashes."""
    shop.deploy("app:v1", env={"APP_CRASH_FILE": "/host/crash"}, host=str(host))
    shop.wait_healthy()
    shop.deploy("app:v2", env={"APP_CRASH_FILE": "/host/crash"}, host=str(host))
    return shop.wait_crashing()


def test_a_repair_that_makes_it_worse_is_undone_and_escalates(shop: Shop, host: Path, start: Callable[..., Server]) -> None:
    """The old version crashes too after the rollback, fewer pods are ready than before: undone, verified, escalated."""
    server = start(
        guards={"allow": [{"action": "rollback-deployment", "namespace": shop.namespace}]},
        verification={"initial_delay": "1s", "interval": "1s", "failure_limit": 2, "timeout": "60s"},
    )
    server.send(shop.alert(_bad_release(shop, host)))
    asking = server.wait_phase(shop.namespace, "asking")
    assert server.call("POST", f"/api/v1/incidents/{asking['id']}/approve", {"by": "ann"})[0] == 200
    server.wait_phase(shop.namespace, "verifying")
    (host / "crash").touch()

    ended = server.wait_phase(shop.namespace, "escalated", "closed", timeout=180)
    assert ended["status"] == "escalated"
    words = [(outcome["direction"], outcome["word"]) for outcome in ended["outcomes"]]
    assert words[0] == ("do", "Failed")
    assert words[1][0] == "undo"
    assert shop.image() == "app:v2", "the template from before the repair is back"
    assert ended["tried"]
    assert "undone" in ended["reason"]
    assert server.cli("audit", "verify", "--data-dir", str(server.data)).returncode == 0


def test_a_changed_target_voids_the_approval(shop: Shop, start: Callable[..., Server]) -> None:
    """Somebody deploys a third version between question and click: theirs stays, nothing of ours is written."""
    server = start(guards={"allow": [{"action": "rollback-deployment", "namespace": shop.namespace}]})
    server.send(shop.alert(shop.break_it()))
    asking = server.wait_phase(shop.namespace, "asking")
    shop.deploy("app:v3")
    generation = shop.deployment()["metadata"]["generation"]
    server.call("POST", f"/api/v1/incidents/{asking['id']}/approve", {"by": "ann"})

    def looked_again() -> bool:
        view = server.incident(asking["id"])
        return (view.get("plan") or {}).get("n", 0) > 1 and view["status"] in {"asking", "escalated", "closed"}

    server.wait(looked_again, "a second look")
    assert shop.deployment()["metadata"]["generation"] == generation
    assert shop.image() == "app:v3"


def test_the_kill_switch_stops_an_approved_repair(shop: Shop, start: Callable[..., Server]) -> None:
    """Engaged before the click, by a file: approved or not, nothing is written, and the incident says why."""
    server = start(guards={"allow": [{"action": "rollback-deployment", "namespace": shop.namespace}]})
    server.send(shop.alert(shop.break_it()))
    asking = server.wait_phase(shop.namespace, "asking")
    (server.data / "KILL").write_text("we look at it by hand")
    generation = shop.deployment()["metadata"]["generation"]
    server.call("POST", f"/api/v1/incidents/{asking['id']}/approve", {"by": "ann"})
    ended = server.wait_phase(shop.namespace, "escalated")
    assert "kill switch" in ended["reason"]
    assert shop.deployment()["metadata"]["generation"] == generation


def test_what_may_not_be_read_is_a_gap_and_what_may_not_be_written_is_said(shop: Shop, start: Callable[..., Server]) -> None:
    """With a service account that may only read pods, the brief names what it could not read, and nothing is offered."""
    bed, namespace = shop.bed, shop.namespace
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
    meta = {"name": "narrow", "namespace": namespace}
    api = "rbac.authorization.k8s.io/v1"
    bed.apply(
        [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
            {"apiVersion": api, "kind": "Role", "metadata": meta, "rules": rules},
            {
                "apiVersion": api,
                "kind": "RoleBinding",
                "metadata": meta,
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "narrow"},
                "subjects": [{"kind": "ServiceAccount", "name": "narrow", "namespace": namespace}],
            },
        ]
    )
    server = start(
        guards={"allow": [{"action": "rollback-deployment", "namespace": namespace}]},
        cluster={"kubeconfig": str(bed.kubeconfig_for("narrow", namespace)), "context": ""},
    )
    server.send(shop.alert(shop.break_it()))
    view = server.wait_phase(namespace, "escalated", "asking")
    assert view["status"] == "escalated"
    assert any(gap["kind"] == "forbidden" for gap in view["gaps"]), view["gaps"]
    assert view["plan"]["action"] is None
