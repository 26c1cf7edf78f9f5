"""`doctor` and `test-alert` on a real cluster with its Prometheus and Alertmanager, under an account of the example's rights."""

from __future__ import annotations

import fcntl
import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from testbed.bed import Testbed
from tests.cluster.apps import Shop
from tests.cluster.server import Server

RBAC = (Path(__file__).parents[2] / "examples/rbac.yaml").read_text(encoding="utf-8")


class Account:
    """A service account with the example's rights in the shop's namespace, but for those that a test takes away."""

    def __init__(self, bed: Testbed, shop: Shop) -> None:
        """Make the account, without a right."""
        self.bed, self.shop = bed, shop
        self.home = f"doctor-{secrets.token_hex(3)}"
        self.nodes = f"firstresponder-nodes-{self.home}"
        bed.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.home}})
        bed.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "firstresponder", "namespace": self.home}})
        self.kubeconfig = bed.kubeconfig_for("firstresponder", self.home)

    def grant(self, *left_out: str) -> None:
        """Apply the example; objects that are called `left_out` stay away."""
        text = RBAC.replace("namespace: shop", f"namespace: {self.shop.namespace}").replace("[shop]", f"[{self.shop.namespace}]")
        text = text.replace("namespace: monitoring", f"namespace: {self.home}").replace("firstresponder-nodes", self.nodes)
        objects = [one for one in YAML(typ="safe").load_all(text) if one["metadata"]["name"] not in left_out]
        assert len(objects) > 2
        self.bed.apply(objects)

    def paste(self, fix: str) -> None:
        """Do what a finding says: put its rule into a Role of the shop's namespace, and bind it."""
        rules = YAML(typ="safe").load(fix.partition(":\n")[2])
        metadata = {"name": "pasted", "namespace": self.shop.namespace}
        api = "rbac.authorization.k8s.io/v1"
        who = [{"kind": "ServiceAccount", "name": "firstresponder", "namespace": self.home}]
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "pasted"}
        self.bed.apply({"apiVersion": api, "kind": "Role", "metadata": metadata, "rules": rules})
        self.bed.apply({"apiVersion": api, "kind": "RoleBinding", "metadata": metadata, "roleRef": role, "subjects": who})

    def close(self) -> None:
        """Remove what is outside the shop."""
        self.bed.kubectl("delete", "clusterrole,clusterrolebinding", self.nodes, "--ignore-not-found", check=False)
        self.bed.kubectl("delete", "namespace", self.home, "--wait=false", check=False)


@pytest.fixture
def account(bed: Testbed, shop: Shop) -> Iterator[Account]:
    """An account without a right yet."""
    made = Account(bed, shop)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def server(bed: Testbed, account: Account, shop: Shop, start: Callable[..., Server]) -> Server:
    """A server under that account, allowed to roll back in the shop's namespace."""
    return start(
        cluster={"kubeconfig": str(account.kubeconfig), "context": ""},
        guards={"allow": [{"action": "rollback-deployment", "namespace": shop.namespace}]},
        prometheus={"url": bed.prometheus_url},
    )


def doctor(server: Server) -> tuple[int, dict[str, Any]]:
    """Run it beside the server; its exit code and its findings by part."""
    words = ("doctor", "--config", str(server.config), "--data-dir", str(server.data), "--url", server.url, "--format", "json")
    done = server.cli(*words)
    assert done.stdout.startswith("["), done.stderr
    return done.returncode, {each["part"]: each for each in json.loads(done.stdout)}


def wait_for(server: Server, condition: Callable[[dict[str, Any]], bool], what: str) -> tuple[int, dict[str, Any]]:
    """Ask again until it finds so: the authorizer learns of a role a moment after it is made."""

    def found() -> tuple[int, dict[str, Any]] | None:
        code, parts = doctor(server)
        return (code, parts) if condition(parts) else None

    return server.wait(found, what)


def test_the_examples_rights_are_all_that_is_wanted(server: Server, account: Account, shop: Shop) -> None:
    """With exactly the example's rights everything is well, on the command line and over the API; the wider reads are off."""
    place = f"rights in {shop.namespace}"
    account.grant()
    code, parts = wait_for(server, lambda parts: parts.get(place, {}).get("state") == "ok", "the rights to be known")
    assert code == 0, parts
    states = {name: each["state"] for name, each in parts.items()}
    assert states["rights on nodes"] == states["cluster"] == states["cluster clock"] == "ok"
    assert states["Prometheus"] == states["Alertmanager"] == states["audit"] == states["server"] == "ok"
    assert states["wider reads"] == "off"
    assert not {"fail"} & set(states.values())
    assert parts["cluster"]["says"].startswith("reachable, Kubernetes v")
    status, answer = server.call("GET", "/api/v1/checkup")
    assert status == 200
    assert {each["part"]: each["state"] for each in answer["items"]}[place] == "ok"


def test_a_right_that_is_missing_is_one_line_with_the_rule_to_paste(server: Server, account: Account, shop: Shop) -> None:
    """Without the repair role that one line fails; the rule that it shows, pasted into a Role, makes it well."""
    account.grant("firstresponder-repair")
    line = f"right: patch deployments.apps in {shop.namespace}"
    code, parts = wait_for(server, lambda parts: line in parts, "the reads to be known")
    assert code == 1
    assert [name for name, each in parts.items() if each["state"] == "fail"] == [line]
    account.paste(parts[line]["fix"])
    code, parts = wait_for(server, lambda parts: line not in parts, "the pasted rule to count")
    assert (code, parts[f"rights in {shop.namespace}"]["state"]) == (0, "ok")


def test_without_any_right_it_says_what_to_grant(server: Server, account: Account, shop: Shop) -> None:
    """An account with no right is two lines, whose rules together are enough."""
    code, parts = doctor(server)
    assert code == 1
    missing = parts[f"rights in {shop.namespace}"]
    assert missing["state"] == "fail"
    account.paste(missing["fix"])
    place = f"rights in {shop.namespace}"
    _, parts = wait_for(server, lambda parts: parts.get(place, {}).get("state") == "ok", "the pasted rules to count")
    assert parts["right: get nodes on nodes"]["state"] == "warn"


def test_a_test_alert_comes_through_the_real_alertmanager(bed: Testbed, server: Server) -> None:
    """From the Alertmanager's API through its route to the brief, and its end too; a second one takes the short way."""
    words = ("test-alert", "--url", server.url, "--data-dir", str(server.data), "--format", "json")
    with (bed.folder / "receiver.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # there is one Alertmanager, and it has one receiver of ours: tests take turns
        bed.set_receiver(f"{server.url}/webhooks/alertmanager")
        try:
            done = server.cli(*words, "--to", bed.alertmanager_url, "--wait", "40")
        finally:
            bed.set_receiver(None)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each["stage"] for each in json.loads(done.stdout)["stages"]][:4] == ["received", "filed", "brief", "told"]
    done = server.cli(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each["stage"] for each in json.loads(done.stdout)["stages"]][-1] == "closed"
