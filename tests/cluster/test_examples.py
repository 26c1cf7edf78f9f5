"""The examples on real programs: the rights suffice and go no further, Alertmanager still pages, the manifest is valid."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.kubernetes.cluster import open_cluster
from firstresponder.config import Cluster, Limits
from firstresponder.evidence.collect import collect
from firstresponder.intake.parse import parse_webhook
from firstresponder.model import canonical
from testbed.bed import Testbed
from tests.cluster.apps import Shop
from tests.cluster.server import Server

ROOT = Path(__file__).parents[2]
RBAC = (ROOT / "examples/rbac.yaml").read_text(encoding="utf-8")
ALERTMANAGER = ROOT / "examples/alertmanager.yml"


@pytest.fixture
def account(bed: Testbed, shop: Shop) -> Iterator[Path]:
    """A kubeconfig of an account that has exactly the example's rights, in the shop's namespace instead of `shop`."""
    home = f"monitoring-{secrets.token_hex(3)}"
    nodes = f"firstresponder-nodes-{home}"
    bed.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": home}})
    bed.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "firstresponder", "namespace": home}})
    text = RBAC.replace("namespace: shop", f"namespace: {shop.namespace}").replace("[shop]", f"[{shop.namespace}]")
    text = text.replace("namespace: monitoring", f"namespace: {home}").replace("firstresponder-nodes", nodes)
    assert "shop\n" not in text.replace(shop.namespace, "")
    try:
        bed.kubectl("apply", "-f", "-", stdin=text)
        yield bed.kubeconfig_for("firstresponder", home)
    finally:
        bed.kubectl("delete", "clusterrole,clusterrolebinding", nodes, "--ignore-not-found", check=False)
        bed.kubectl("delete", "namespace", home, "--wait=false", check=False)


def test_the_manifest_is_one_that_the_server_takes(bed: Testbed) -> None:
    """Every object of examples/rbac.yaml passes a server-side dry run, in namespaces of the names that it uses."""
    made = [name for name in ("shop", "monitoring") if not bed.kubectl("get", "namespace", name, "--ignore-not-found")]
    for name in made:
        bed.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    try:
        said = bed.kubectl("apply", "--dry-run=server", "-f", "-", stdin=RBAC).splitlines()
    finally:
        for name in made:
            bed.kubectl("delete", "namespace", name, "--wait=false", check=False)
    assert len(said) == len(list(YAML(typ="safe").load_all(RBAC)))
    assert all("(server dry run)" in line for line in said), said


async def test_every_collector_may_read_what_it_asks_for(account: Path, shop: Shop) -> None:
    """With the example's rights an investigation of a bad release has no gap that says "forbidden"."""
    pod = shop.break_it()
    clock = SystemClock()
    cluster = open_cluster(Cluster(kubeconfig=str(account)), {})
    alerts = parse_webhook(canonical(shop.alert(pod)), clock.now()).alerts
    try:
        found = await collect("inc", 1, alerts, cluster.read, cluster.logs, clock, Limits())
    finally:
        await cluster.close()
    assert [gap for gap in found.gaps if gap.kind == "forbidden"] == []
    assert {"alert", "workload", "revisions", "pods", "events", "container_logs", "node"} <= {
        each.collector for each in found.items
    }


def test_a_whole_repair_works_with_these_rights(account: Path, shop: Shop, start: Callable[..., Server]) -> None:
    """With the example's rights a bad release is diagnosed without a gap, previewed, rolled back and verified."""
    server = start(
        cluster={"kubeconfig": str(account)},
        guards={"allow": [{"action": "rollback-deployment", "namespace": shop.namespace}]},
    )
    server.send(shop.alert(shop.break_it()))
    asked = server.wait_phase(shop.namespace, "asking", "escalated")
    assert asked["status"] == "asking", asked["reason"]
    assert asked["gaps"] == []
    assert asked["plan"]["action"]["dry_run"] == "ok"
    status, answer = server.call("POST", f"/api/v1/incidents/{asked['id']}/approve", {"by": "ann"})
    assert status == 200, answer
    closed = server.wait_phase(shop.namespace, "closed", "escalated")
    assert closed["outcomes"][0]["result"] == "PASS", closed["reason"]
    assert shop.image() == "app:v1"


NOT_ALLOWED = (
    "get secrets", "list secrets", "create pods --subresource=exec", "create pods --subresource=eviction", "delete pods",
    "patch pods", "update deployments", "delete deployments", "patch deployments --subresource=scale", "patch configmaps",
    "list configmaps", "patch nodes", "create rolebindings", "create pods --subresource=ephemeralcontainers",
)  # fmt: skip


def test_the_rights_go_no_further(bed: Testbed, account: Path, shop: Shop) -> None:
    """The account may patch deployments in the namespace that it looks after, and none of the other things on the list."""

    def may(asked: str) -> str:
        return bed.kubectl("auth", "can-i", *asked.split(), "-n", shop.namespace, kubeconfig=account, check=False).strip()

    assert [may(asked) for asked in ("patch deployments", "get pods", "get pods --subresource=log")] == ["yes", "yes", "yes"]
    assert {asked: may(asked) for asked in NOT_ALLOWED} == dict.fromkeys(NOT_ALLOWED, "no")


@pytest.mark.parametrize("asked", ["get pods", "patch deployments", "get namespaces/default"])
def test_the_rights_end_at_the_namespace(bed: Testbed, account: Path, asked: str) -> None:
    """The account may neither read nor repair in another namespace."""
    said = bed.kubectl("auth", "can-i", *asked.split(), "-n", "default", kubeconfig=account, check=False)
    assert said.strip() == "no"


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"severity": "critical"}, "firstresponder,pager"),
        ({"severity": "info"}, "firstresponder,chat"),
        ({}, "firstresponder,pager"),
    ],
)
def test_alertmanager_pages_as_before(labels: dict[str, str], receivers: str) -> None:
    """Alertmanager's own tool routes each alert to Firstresponder and to whom it went before."""
    words = [f"{name}={value}" for name, value in {"alertname": "X", **labels}.items()]
    said = subprocess.run(
        ["amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.strip() == receivers, said.stderr


def test_without_the_last_route_nobody_is_paged(tmp_path: Path) -> None:
    """The warning of the pages is true: without a catch-all after it, Firstresponder alone gets the alert."""
    tree = YAML(typ="safe").load(ALERTMANAGER)
    tree["route"]["routes"].pop()
    file = tmp_path / "alertmanager.yml"
    with file.open("w") as out:
        YAML(typ="safe").dump(tree, out)
    said = subprocess.run(
        ["amtool", "config", "routes", "test", f"--config.file={file}", "alertname=X"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.strip() == "firstresponder", said.stderr
